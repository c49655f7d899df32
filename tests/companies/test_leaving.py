"""Suspending, exporting and deleting a company: nothing of it goes on, nothing of others is touched (INV-20, S-01)."""

from __future__ import annotations

import json
import uuid
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import User
from companies import audit, belongings
from companies.actions import leaving
from companies.actions.exporting import export_company
from companies.actions.leaving import delete_company
from companies.actions.suspending import resume_company, suspend_company
from companies.models import Company, ContactPerson, Invitation, Membership
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation, Message
from events import due, groups
from events.models import Due, Event
from mail.models import OutgoingMail
from memo import wiring
from notifications.models import Notice
from tests.cast import NOW, make_channel, make_customer, make_inbox, make_user, make_visitor, make_widget, write

pytestmark = pytest.mark.django_db


def fill(cast, company, admin, name: str) -> Conversation:
    """One of everything that a company can have."""
    inbox = make_inbox(company, f"Team {name}", admin)
    channel = make_channel(inbox, f"Help {name}", admin)
    widget = make_widget(company, channel)
    customer = make_customer(company, "Kim", f"kim@{name}.example")
    visitor = make_visitor(company, widget_key=widget.public_key, customer=customer, email=f"kim@{name}.example")
    conversation = write(visitor, channel, f"From {name}")
    file = accept_upload(
        company=company, uploader=Author.of_visitor(visitor).key, file=SimpleUploadedFile("f", b"plan"),
        name="plan.txt", now=NOW,
    )  # fmt: skip
    post_message(
        conversation, author=Author.of_visitor(visitor), body="With a plan", client_id=uuid.uuid4(), via="widget",
        role="", attachments=(file.public_id,), now=NOW,
    )  # fmt: skip
    post_of(conversation, admin)
    ContactPerson.objects.create(company=company, user=admin, function="Director")
    Invitation.objects.create(
        company=company, email=f"new@{name}.example", first_name="N", last_name="N", position="x",
        token_hash=uuid.uuid4().hex, expires_at=NOW + timedelta(days=7),
    )  # fmt: skip
    audit.write(company, "company.created", by="operator", subject=name, now=NOW)
    company.logo.save(f"{name}.webp", ContentFile(b"logo"))
    company.save()
    return conversation


def post_of(conversation: Conversation, user) -> int:
    return post_message(
        conversation, author=Author.of_user(user), body="Hello", client_id=uuid.uuid4(), via="app", role="admin",
        may_post=True, now=NOW,
    ).message.pk  # fmt: skip


@pytest.fixture
def both(cast, react):
    """Nordlicht and Süd with the same things, and a direct conversation across them."""
    ours = fill(cast, cast.nordlicht, cast.anna, "nord")
    theirs = fill(cast, cast.sued, cast.udo, "sued")
    across = direct_conversation(cast.anna, cast.udo, now=NOW)
    inside = direct_conversation(cast.ben, cast.cem, now=NOW)
    for conversation, user in ((across, cast.anna), (across, cast.udo), (inside, cast.ben)):
        post_message(
            conversation, author=Author.of_user(user), body="Between us", client_id=uuid.uuid4(), via="app",
            role="user", now=NOW,
        )  # fmt: skip
    react()
    return ours, theirs, across, inside


def everything() -> dict[str, int]:
    """Rows of every table."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in {"events.Stream", "events.Event"}
    }


def rows_of(company: Company) -> dict[str, list]:
    """Every row of a company as it is."""
    return {
        model._meta.label: list(rows.order_by("pk").values()) for model, rows in belongings.rows_of(company).items()
    }


# --- what belongs to a company ---------------------------------------------------------------------------------
def test_every_table_is_of_a_company_of_a_person_or_of_nobody():
    """A new model is found by itself; this list is what is left over, on purpose."""
    found = {belongings.label(model) for model in belongings.ways_to(Company)}
    left = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in {"companies", "channels_app", "customers", "conversations", "notifications"}
    } - found
    assert left == {"companies.PlanPackage", "notifications.Preference", "notifications.PushSubscription"}


def test_every_kind_of_deadline_and_reply_address_names_what_it_is_about():
    """memo/wiring.py: a deadline that nobody deletes would fail for ever."""
    named = [kind for kinds in wiring.DUE_KINDS.values() for kind in kinds]
    assert sorted(named) == sorted(wiring.DUE)
    assert {kind for kinds in wiring.REPLY_KINDS.values() for kind in kinds} == set(wiring.MAIL_HANDLERS)
    labels = set(wiring.DUE_KINDS) | set(wiring.REPLY_KINDS) | set(wiring.MAIL_KEYS)
    assert all(apps.get_model(label) for label in labels)


# --- suspending --------------------------------------------------------------------------------------------------
def test_a_suspended_company_is_out_at_once_and_others_go_on(
    cast, both, frames, clean_valkey, django_capture_on_commit_callbacks
):
    """Sessions, sockets, directory, chat; Süd AG notices nothing; twice records once; resumed, all is back."""
    anna, udo = Client(), Client()
    for client, user in ((anna, cast.anna), (udo, cast.udo)):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/conversations/").status_code == 200
    frames.clear()
    before = rows_of(cast.sued)
    for _turn in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            suspend_company(cast.nordlicht, by="operator", now=NOW)
    people = (cast.anna, cast.ben, cast.cem, cast.dora)
    assert [frame["k"] for frame in frames] == ["rights"] * 4
    assert {frame["g"] for frame in frames} == {groups.member(user.public_id) for user in people}
    assert anna.get("/conversations/").status_code in {302, 403}
    assert udo.get("/conversations/").status_code == 200
    assert udo.get(f"/companies/{cast.nordlicht.slug}/").status_code == 404
    assert Client().get(f"/w/{cast.widget.public_key}/").status_code == 404
    assert rows_of(cast.sued) == before
    assert Event.objects.filter(kind="company.suspended").count() == 1
    resume_company(cast.nordlicht, by="operator", now=NOW)
    assert udo.get(f"/companies/{cast.nordlicht.slug}/").status_code == 200
    assert Membership.objects.filter(company=cast.nordlicht, state="active").count() == 4


def test_no_mail_of_a_suspended_company_leaves(cast, both, react, settle):
    """Queued mails are stopped, pending notices suppressed; those of others are sent."""
    ours, theirs, _across, _inside = both
    settle(NOW + timedelta(minutes=5))
    queued = OutgoingMail.objects.filter(state="queued")
    of_theirs = {f"notice:{pk}" for pk in Notice.objects.filter(conversation=theirs).values_list("pk", flat=True)}
    assert queued.exclude(key__in=of_theirs).filter(key__startswith="notice:").exists()
    post_of(ours, cast.anna)
    suspend_company(cast.nordlicht, by="operator", now=NOW + timedelta(minutes=5))
    react()
    settle(NOW + timedelta(minutes=10))
    of_ours = Notice.objects.filter(conversation__company=cast.nordlicht)
    keys = [f"notice:{pk}" for pk in of_ours.values_list("pk", flat=True)]
    assert not OutgoingMail.objects.filter(key__in=keys, state="queued").exists()
    assert not of_ours.filter(state="pending", customer=None, user=None).exists()
    assert OutgoingMail.objects.filter(key__in=of_theirs, state="queued").count() == len(
        Notice.objects.filter(conversation=theirs, state="emailed")
    )


# --- the archive -------------------------------------------------------------------------------------------------
def test_the_archive_holds_all_rows_and_files_of_the_company_and_no_secret(cast, both):
    """Rows of Nordlicht alone; names of people; no hash, no password, nothing of Süd."""
    file = BytesIO()
    amount = export_company(cast.nordlicht, file, now=NOW)
    archive = zipfile.ZipFile(file)
    about = json.loads(archive.read("about.json"))
    assert (about["slug"], about["rows"]["companies.Company"]) == ("nordlicht-gmbh", 1)
    everything_in_it = b"".join(archive.read(name) for name in archive.namelist())
    for words in (b"From nord", b"With a plan", b"kim@nord.example", b"anna@nordlicht.example", b"plan", b"logo"):
        assert words in everything_in_it
    for words in (b"From sued", b"kim@sued.example", b"udo@", b"Between us", b"md5$"):
        assert words not in everything_in_it
    assert cast.widget.identity_secret.encode() not in everything_in_it
    for invitation in Invitation.objects.all():
        assert invitation.token_hash.encode() not in everything_in_it
    assert amount.files == len([name for name in archive.namelist() if name.startswith("files/")]) == 2
    lines = archive.read("conversations.Message.jsonl").decode().splitlines()
    assert len(lines) == Message.objects.filter(conversation__company=cast.nordlicht).count()


# --- the end -------------------------------------------------------------------------------------------------------
def test_everything_of_the_company_goes_and_nothing_of_others(cast, both, monkeypatch):
    """Two companies with the same things: one is gone, the other is the same row for row, files too."""
    monkeypatch.setattr(leaving, "BATCH", 2)
    ours, theirs, across, inside = both
    before, files = rows_of(cast.sued), [cast.nordlicht.logo.path, cast.sued.logo.path]
    company_id = cast.nordlicht.pk
    due.add("release", subject_id=ours.pk, due_at=NOW, recipient="user:1")
    amount = delete_company(cast.nordlicht, by="operator", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert rows_of(cast.sued) == before
    gone = Company(pk=company_id)
    assert {name: rows for name, rows in rows_of(gone).items() if rows} == {}
    assert not Event.objects.filter(company_id=company_id).exists()
    assert not Due.objects.filter(kind="release", subject_id=ours.pk).exists()
    assert not User.objects.filter(email__endswith="@nordlicht.example").exists()
    assert not Conversation.objects.filter(pk=inside.pk).exists()
    assert amount.rows["companies.Company"] == 1
    assert amount.files == 2
    assert [Path(path).exists() for path in files] == [False, True]
    # What Udo has with Anna stays his, without her name.
    kept = Message.objects.filter(conversation=across)
    assert "Between us" in {message.body for message in kept}
    assert cast.anna.email not in json.dumps(list(User.objects.values("email", "first_name")))
    assert not any("Anna" in message.author_name for message in kept)
    assert Conversation.objects.filter(pk=theirs.pk).exists()


def test_who_is_a_customer_elsewhere_keeps_the_login(cast, both):
    """One identity, several hats (model.md §1): Ben buys from Süd AG."""
    customer = make_customer(cast.sued, "Ben", cast.ben.email)
    customer.user = cast.ben
    customer.save()
    delete_company(cast.nordlicht, by="operator", now=NOW)
    assert User.objects.filter(pk=cast.ben.pk, is_active=True).exists()
    assert not User.objects.filter(pk=cast.cem.pk).exists()


def test_a_deletion_that_broke_off_goes_on(cast, both, monkeypatch):
    """Begun again after a crash, the rest goes."""
    real, calls = leaving._delete, []

    def breaks(model, rows, tally) -> None:
        calls.append(model)
        if len(calls) == 8:
            raise ConnectionError
        real(model, rows, tally)

    monkeypatch.setattr(leaving, "_delete", breaks)
    with pytest.raises(ConnectionError):
        delete_company(cast.nordlicht, by="operator", now=NOW)
    assert Company.objects.get(pk=cast.nordlicht.pk).suspended_at is not None
    monkeypatch.setattr(leaving, "_delete", real)
    delete_company(cast.nordlicht, by="operator", now=NOW)
    assert not Company.objects.filter(pk=cast.nordlicht.pk).exists()


# --- the commands --------------------------------------------------------------------------------------------------
def run(*args, **options) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_the_name_must_be_typed_and_the_archive_comes_first(cast, both, tmp_path, monkeypatch):
    """Wrong name, no answer, an archive that exists or cannot be written: nothing is deleted."""
    archive = tmp_path / "nordlicht.zip"
    answers = iter(["nordlicht gmbh", ""])
    monkeypatch.setattr("builtins.input", lambda *_: next(answers))
    for _turn in range(2):
        with pytest.raises(CommandError, match="not the company's name"):
            run("delete_company", "nordlicht-gmbh", archive=str(archive))
    with pytest.raises(CommandError, match="not the company's name"):
        run("delete_company", "nordlicht-gmbh", yes="Süd AG")
    (tmp_path / "there.zip").write_bytes(b"kept")
    for path in (tmp_path / "there.zip", tmp_path / "no" / "folder.zip"):
        with pytest.raises(CommandError, match="cannot be written"):
            run("delete_company", "nordlicht-gmbh", yes="Nordlicht GmbH", archive=str(path))
    assert (tmp_path / "there.zip").read_bytes() == b"kept"
    assert not archive.exists()
    assert Company.objects.filter(slug="nordlicht-gmbh", suspended_at=None).exists()
    assert "rows" in run("delete_company", "nordlicht-gmbh", export_only=True, archive=str(archive))
    assert Company.objects.filter(slug="nordlicht-gmbh", suspended_at=None).exists()
    assert oct(archive.stat().st_mode)[-3:] == "600"


def test_deleting_says_what_it_did_to_people_and_scripts(cast, both, tmp_path):
    """--json: one object with archive and numbers; unknown companies are named as such."""
    said = run("delete_company", "nordlicht-gmbh", yes="Nordlicht GmbH", archive=str(tmp_path / "a.zip"), json=True)
    facts = json.loads(said)
    assert facts["deleted"]["rows"]["companies.Company"] == 1
    assert zipfile.ZipFile(facts["archive"]).testzip() is None
    with pytest.raises(CommandError, match="There is no company"):
        run("delete_company", "nordlicht-gmbh", yes="Nordlicht GmbH")
    assert "Deleted Süd AG" in run("delete_company", "sud-ag", yes="Süd AG", archive=str(tmp_path / "b.zip"))


def test_suspend_and_resume_by_command(cast):
    """Both say what is, and what to do next; both may be called twice."""
    assert "resume_company nordlicht-gmbh" in run("suspend_company", "nordlicht-gmbh")
    assert "already" in run("suspend_company", "nordlicht-gmbh")
    assert json.loads(run("list_companies", json=True))[0]["suspended"] is True
    assert "goes on" in run("resume_company", "nordlicht-gmbh")
    assert "not suspended" in run("resume_company", "nordlicht-gmbh")
    with pytest.raises(CommandError, match="no company"):
        run("suspend_company", "nowhere")


def test_change_package(cast):
    """Refused with the list of what is too much, previewed by --dry-run, JSON for scripts (model.md §7)."""
    for number in range(2):
        make_user(cast.nordlicht, f"N{number}", "N")
    with pytest.raises(CommandError, match="(?s)too much for M5.*6 users, M5 has 5"):
        run("change_package", "nordlicht-gmbh", "M5")
    preview = json.loads(run("change_package", "nordlicht-gmbh", "M1", dry_run=True, json=True))
    assert preview == {
        "slug": "nordlicht-gmbh", "before": "M5", "package": "M1", "changed": False, "fits": False,
        "too_much": ["6 users, M1 has 1", "1 channel, M1 has 0"],
    }  # fmt: skip
    assert json.loads(run("change_package", "nordlicht-gmbh", "m20", json=True))["changed"] is True
    assert Company.objects.get(pk=cast.nordlicht.pk).package.code == "M20"
    Company.objects.filter(pk=cast.sued.pk).update(package=None)
    with pytest.raises(CommandError, match="activate_package"):
        run("change_package", "sud-ag", "M5")
