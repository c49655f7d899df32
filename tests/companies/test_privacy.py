"""Everything about a person, handed over or forgotten while threads stay; no model is overlooked."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client

from accounts.models import User
from channels_app.actions.inboxes import set_role
from companies.actions.privacy import erase, everywhere, export, in_company
from companies.models import AuditEntry, Company, ContactPerson, Invitation, Membership
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Attachment, Conversation, ConversationHead, Message
from customers.models import Customer, Visitor
from events.personal import HOLDINGS
from mail.models import IncomingMail, OutgoingMail
from tests.accounts.sign_in import sign_in, with_address, with_app
from tests.cast import NOW, make_company, make_customer, make_user, make_visitor, write

pytestmark = pytest.mark.usefixtures("clean_valkey")
# Models with a person in them that no holding answers for, and why.
EXEMPT = {
    "companies.Company": "the company's own public address, chosen for it, is no person's",
    "texts.Variables": "the company's own values for its texts, and words for contacts without a name",
}


# --- nothing is overlooked -----------------------------------------------------------------------------------
def personal_models() -> set[str]:
    """Every model that points to a login, customer or visitor, or has a column for an e-mail address."""
    found = set()
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            points = column.is_relation and column.related_model in {User, Customer, Visitor}
            mails = isinstance(column, models.EmailField) or (
                "email" in column.name and isinstance(column, models.CharField) and not column.choices
            )
            if points or mails:
                found.add(model._meta.label)
    return found | {"accounts.User", "customers.Customer", "customers.Visitor"}


def test_every_model_with_a_person_in_it_is_declared_or_exempt():
    declared = set().union(*(holding.models for holding in HOLDINGS))
    assert personal_models() - declared - set(EXEMPT) == set()
    known = {model._meta.label for model in apps.get_models()}
    assert declared - known == set(), "declared models that do not exist"
    assert set(EXEMPT) - known == set()


# --- the scene -----------------------------------------------------------------------------------------------
@pytest.fixture
def kim(cast):
    """A customer who wrote in the chat; Ben answered; a colleague noted something inside."""
    customer = make_customer(cast.nordlicht, "Kim", "kim@abc.example")
    visitor = make_visitor(cast.nordlicht, name="Kim", email="kim@abc.example", customer=customer)
    conversation = write(visitor, cast.support, "My lamp hums: KIMSWORDS")
    post_message(
        conversation, author=Author.of_user(cast.ben), body="BENSANSWER", client_id=uuid.uuid4(), via="app",
        role="team_member", now=NOW, attachments=(),
    )  # fmt: skip
    return conversation


def unpacked(file) -> tuple[dict, str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        data = json.loads(archive.read("data.json"))
        return data, archive.read("index.html").decode(), archive.namelist()


# --- handing over --------------------------------------------------------------------------------------------
def test_a_person_takes_everything_about_themselves_along(cast, kim):
    ben = with_address(cast.ben)
    with_app(ben)
    client = Client()
    sign_in(client, ben)
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/settings/privacy/mine/")
    assert answer["Content-Type"] == "application/zip"
    data, page, _names = unpacked(io.BytesIO(b"".join(answer.streaming_content)))
    text = json.dumps(data)
    titles = {section["title"] for section in data["sections"]}
    assert {"Login", "E-mail addresses", "Second factors", "Works for", "Messages", "Roles in inboxes"} <= titles
    assert "BENSANSWER" in text
    assert "BENSANSWER" in page
    assert "KIMSWORDS" not in text, "what others wrote is theirs"
    assert ben.password not in text
    assert AuditEntry.objects.filter(action="privacy.exported", company=cast.nordlicht).exists()


def test_a_customer_gets_the_whole_thread_but_nothing_internal(cast, kim):
    from conversations.actions.starting import side_conversation

    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    post_message(
        side, author=Author.of_user(cast.ben), body="INTERNALNOTE", client_id=uuid.uuid4(), via="app",
        role="team_member", now=NOW, attachments=(),
    )  # fmt: skip
    with export(in_company(cast.nordlicht, "KIM@abc.example"), by=cast.anna, now=NOW) as file:
        text = json.dumps(unpacked(file)[0])
    assert "KIMSWORDS" in text
    assert "BENSANSWER" in text
    assert "INTERNALNOTE" not in text


def test_an_admin_gets_nothing_of_other_companies_nor_direct_talks_nor_sign_in_data(cast, kim):
    ben = with_address(cast.ben)
    direct = Conversation.objects.create(kind="direct", origin="app")
    Message.objects.create(
        conversation=direct, seq=1, client_id=uuid.uuid4(), author_kind="user", user=ben, author_name="Ben Fuchs",
        body="DIRECTTALK", via="app", created_at=NOW,
    )  # fmt: skip
    with export(in_company(cast.nordlicht, ben.email), by=cast.anna, now=NOW) as file:
        data = unpacked(file)[0]
    assert "DIRECTTALK" not in json.dumps(data)
    assert "Signed-in browsers" not in {section["title"] for section in data["sections"]}
    assert not in_company(cast.sued, ben.email).known
    assert not in_company(cast.sued, "kim@abc.example").known


def test_files_unpack_into_their_folder(cast, kim, tmp_path):
    """S-22: names with paths and markup."""
    from django.core.files.base import ContentFile

    message = Message.objects.get(author_kind="visitor")
    row = Attachment(
        conversation=kim, message=message, uploader=f"visitor:{message.visitor_id}", name="../../<b>evil.txt", size=3,
        content_type="text/plain", checksum="x", created_at=NOW,
    )  # fmt: skip
    row.file.save("x.bin", ContentFile(b"abc"))
    with export(in_company(cast.nordlicht, "kim@abc.example"), by=cast.anna, now=NOW) as file:
        _data, page, names = unpacked(file)
    (stored,) = [name for name in names if name.startswith("files/")]
    assert "/" not in stored.removeprefix("files/")
    assert "<b>" not in page


# --- forgetting ----------------------------------------------------------------------------------------------
def everything() -> str:
    """Every row of every table as text."""
    rows = [list(model.objects.values()) for model in apps.get_models() if model._meta.managed]
    return str(rows)


def test_an_erased_customer_is_nowhere_but_the_thread_stays(cast, kim):
    OutgoingMail.objects.create(
        key="account:x", to="kim@abc.example", message_id="<x>", subject="s", text="Dear Kim", auto=False,
        bounce_hash="b", created_at=NOW,
    )  # fmt: skip
    IncomingMail.objects.create(
        raw=b"From: kim@abc.example", size=5, sha256="a", via="lmtp", from_email="kim@abc.example",
        subject="s", received_at=NOW, state="done",
    )  # fmt: skip
    plan = erase(everywhere("kim@abc.example"), by="operator", by_key="operator", now=NOW)
    assert plan.counts["customers"] == 1
    left = everything()
    assert "kim@abc.example" not in left
    assert "'Kim'" not in left
    assert "KIMSWORDS" in left
    assert Message.objects.get(author_kind="visitor").author_name == "Deleted user"
    assert Message.objects.get(author_kind="user").author_name == "Ben Fuchs"
    assert Visitor.objects.get().label == "Deleted user"


def test_an_erased_member_is_signed_out_and_nowhere(cast, kim):
    ben = with_address(cast.ben)
    client = Client()
    sign_in(client, ben)
    ContactPerson.objects.create(company=cast.nordlicht, user=ben, function="Service")
    set_role(cast.inbox, member=cast.member(ben), role="manager", by=f"user:{cast.anna.pk}", now=NOW)
    erase(in_company(cast.nordlicht, ben.email), by=cast.anna, by_key=f"user:{cast.anna.pk}", now=NOW)
    assert client.get("/settings/").status_code == 302
    left = everything()
    assert "ben@nordlicht.example" not in left
    assert "Ben Fuchs" not in left
    assert "BENSANSWER" in left
    ben.refresh_from_db()
    assert (ben.full_name, ben.is_active, ben.has_usable_password()) == ("Deleted user", False, False)
    assert Membership.objects.get(user=ben).state == "deactivated"
    assert ConversationHead.objects.get(conversation=kim).preview_author in {"", "Deleted user"}
    assert not EmailAddress.objects.filter(user=ben).exists()
    assert AuditEntry.objects.get(action="privacy.erased").actor == "Anna Berg"


def test_the_dry_run_says_the_same_and_changes_nothing(cast, kim):
    person = in_company(cast.nordlicht, with_address(cast.ben).email)
    who = {"by": cast.anna, "by_key": f"user:{cast.anna.pk}", "now": NOW}
    before = everything()
    plan = erase(person, **who, dry_run=True)
    assert everything() == before
    assert erase(person, **who).counts == plan.counts


def test_a_login_that_is_used_elsewhere_stays(cast, kim):
    other = make_company("Other GmbH")
    customer = make_customer(other, "Ben", "ben@private.example")
    Customer.objects.filter(pk=customer.pk).update(user=cast.ben)
    person = in_company(cast.nordlicht, cast.ben.email)
    assert not person.whole_login
    erase(person, by=cast.anna, by_key="operator", now=NOW)
    assert User.objects.get(pk=cast.ben.pk).email == "ben@nordlicht.example"
    assert Customer.objects.get(pk=customer.pk).email == "ben@private.example"
    assert Message.objects.get(author_kind="user").author_name == "Deleted user"


def test_the_only_admin_is_not_erased(cast, kim):
    from companies.actions.members import LastAdmin

    with pytest.raises(LastAdmin):
        erase(in_company(cast.nordlicht, cast.anna.email), by=cast.anna, by_key="operator", now=NOW)
    assert User.objects.get(pk=cast.anna.pk).is_active


# --- pages and commands --------------------------------------------------------------------------------------
def test_the_page_asks_for_the_address_once_more(cast, kim):
    anna = Client()
    anna.force_login(cast.anna)
    page = anna.post("/settings/privacy/erase/", {"email": "kim@abc.example"}).content.decode()
    assert "Type the e-mail address" in page
    wrong = anna.post("/settings/privacy/erase/", {"email": "kim@abc.example", "confirm": "yes"})
    assert wrong.status_code == 422
    assert Customer.objects.filter(email="kim@abc.example").exists()
    done = anna.post("/settings/privacy/erase/", {"email": "kim@abc.example", "confirm": " KIM@abc.example "})
    assert done.status_code == 303
    assert not Customer.objects.filter(email="kim@abc.example").exists()


def test_members_get_their_own_and_nobody_elses(cast, kim):
    cem = Client()
    cem.force_login(cast.cem)
    assert b"Somebody else" not in cem.get("/settings/privacy/?email=kim@abc.example").content
    for address in ("/settings/privacy/export/", "/settings/privacy/erase/"):
        assert cem.post(address, {"email": "kim@abc.example", "confirm": "kim@abc.example"}).status_code == 403


def test_another_companys_people_are_not_there(cast, kim):
    udo = Client()
    udo.force_login(cast.udo)
    for email in ("kim@abc.example", cast.ben.email, "nobody@x.example", "\x00", "%"):
        answer = udo.post("/settings/privacy/export/", {"email": email})
        assert answer.status_code == 404
        assert b"BENSANSWER" not in answer.content
    assert Company.objects.count() >= 2


def test_the_commands(cast, kim, tmp_path, capsys):
    out = tmp_path / "kim.zip"
    call_command("export_person", "kim@abc.example", "--out", str(out), "--company", cast.nordlicht.slug)
    assert "KIMSWORDS" in zipfile.ZipFile(out).read("data.json").decode()
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_person", "kim@abc.example", "--out", str(out))
    with pytest.raises(CommandError, match="Nothing is kept"):
        call_command("export_person", "nobody@x.example", "--out", str(tmp_path / "n.zip"))
    with pytest.raises(CommandError, match="--dry-run"):
        call_command("erase_person", "kim@abc.example")
    capsys.readouterr()
    call_command("erase_person", "kim@abc.example", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["customers"] == 1
    assert Customer.objects.filter(email="kim@abc.example").exists()
    call_command("erase_person", "kim@abc.example", "--yes")
    assert not Customer.objects.filter(email="kim@abc.example").exists()
    with pytest.raises(CommandError, match="only admin"):
        call_command("erase_person", cast.anna.email, "--yes")


def test_invitations_to_the_person_go(cast):
    Invitation.objects.create(
        company=cast.nordlicht, email="new@x.example", first_name="Nele", last_name="Wolf", position="Service",
        token_hash="h", expires_at=NOW,
    )  # fmt: skip
    make_user(None, "Zoe", "Zacher")
    make_customer(cast.nordlicht, "Nele", "new@x.example")
    erase(in_company(cast.nordlicht, "new@x.example"), by=cast.anna, by_key="operator", now=NOW)
    assert not Invitation.objects.exists()


def test_who_was_erased_is_called_so_in_the_reader_s_language(cast, kim):
    """The word is stored once; a German reads a German one, in the thread and in the list."""
    erase(in_company(cast.nordlicht, cast.ben.email), by=cast.anna, by_key=f"user:{cast.anna.pk}", now=NOW)
    User.objects.filter(pk=cast.anna.pk).update(language="de")
    anna = Client()
    anna.force_login(User.objects.get(pk=cast.anna.pk))
    page = anna.get(f"/conversations/{Conversation.objects.get().public_id}/").content.decode()
    assert "Gelöschte Person" in page
    assert "Deleted user" not in re.sub(r"name=\"Deleted user\"", "", page)
