"""Saved replies and the company's variables by HTTP: who sees, who writes, what is filled in (G-22…G-25, G-30; S-02, S-11)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from channels_app.models import InboxMembership
from companies.models import AuditEntry
from conversations.actions import ringing
from conversations.models import Message
from tests.cast import NOW, make_inbox, make_visitor, write
from texts.actions import MAX_OF_A_CIRCLE, TooMany, add_reply
from texts.models import SavedReply, Variables

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
REPLY = {"title": "Thanks", "shortcut": "/Thanks a lot", "text": "Thank you, {{contact.first_name|friend}}."}

JSON = {"accept": "application/json"}


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_reply(cast, **fields) -> SavedReply:
    fields = {"owner": None, "inbox_id": None, "shortcut": "", "title": "Hello", "text": "Hello!"} | fields
    return add_reply(cast.nordlicht, by=cast.anna, now=NOW, **fields)


def taken(cast, **fields):
    conversation = write(make_visitor(cast.nordlicht, **fields), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


def offered(cast, user, conversation, query="") -> list[str]:
    answer = browser(user).get(f"/conversations/{conversation.public_id}/texts/?q={query}")
    return [reply["title"] for reply in answer.json()["replies"]]


def test_who_is_offered_what(cast):
    """Own, the inboxes' and the company's; most used first; never another inbox's or another person's."""
    conversation = taken(cast)
    sales = make_inbox(cast.nordlicht, "Sales")
    make_reply(cast, title="Company")
    make_reply(cast, title="Support", inbox_id=cast.inbox.pk)
    make_reply(cast, title="Sales", inbox_id=sales.pk)
    make_reply(cast, title="Ben", owner=cast.ben)
    cems = make_reply(cast, title="Cem", owner=cast.cem)
    assert offered(cast, cast.ben, conversation) == ["Ben", "Company", "Support"]
    used = SavedReply.objects.get(title="Support")
    assert browser(cast.ben).post(f"/replies/{used.public_id}/used/").status_code == 200
    assert browser(cast.ben).post(f"/replies/{cems.public_id}/used/").status_code == 404
    assert browser(cast.udo).post(f"/replies/{used.public_id}/used/").status_code == 404
    assert offered(cast, cast.ben, conversation) == ["Support", "Ben", "Company"]
    assert offered(cast, cast.ben, conversation, "upp") == ["Support"]
    assert offered(cast, cast.ben, conversation, "%25%00_") == []
    assert browser(cast.udo).get(f"/conversations/{conversation.public_id}/texts/").status_code == 404


def test_variables_are_filled_for_the_conversation(cast):
    """G-23…G-25: the contact's name, the company's values, defaults; what is empty is told."""
    Variables.objects.create(company=cast.nordlicht, name="Nordlicht Lamps", organisation_default="your company")
    make_reply(
        cast,
        text="{{account.name}}: {{contact.first_name}} of {{contact.organisation}}, {{account.phone}}{{me.first_name}}",
    )
    conversation = taken(cast, name="Kim Berg")
    answer = browser(cast.ben).get(f"/conversations/{conversation.public_id}/texts/").json()
    assert answer["replies"][0]["text"] == "Nordlicht Lamps: Kim of your company, Ben"
    assert answer["replies"][0]["missing"] == ["Phone of the company"]
    assert {"title": "First name of the contact", "shortcut": "contact.first_name", "value": "Kim"} in answer[
        "variables"
    ]
    nameless = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    assert " of " in browser(cast.ben).get(f"/conversations/{nameless.public_id}/texts/").json()["replies"][0]["text"]


def test_what_is_typed_by_hand_is_filled_when_it_is_sent(cast):
    """INV-17: no known variable reaches the customer, by whatever way it was written; sent ones never change (G-04)."""
    conversation = taken(cast, name="Kim Berg")
    line = {"body": "Hello {{contact.first_name}}, {{7*7}} {{account.name}}", "client_id": str(uuid4())}
    url = f"/conversations/{conversation.public_id}/messages/"
    ben = browser(cast.ben)
    assert ben.post(url, line, "application/json", headers=JSON).status_code == 201
    assert ben.post(url, line, "application/json", headers=JSON).status_code == 200
    stored = Message.objects.get(conversation=conversation, author_kind="user")
    assert stored.body == "Hello Kim, {{7*7}} Nordlicht GmbH"
    inside = {"body": "{{contact.first_name}}?", "client_id": str(uuid4()), "kind": "internal"}
    assert ben.post(url, inside, "application/json", headers=JSON).status_code == 201
    assert Message.objects.get(conversation__kind="internal").body == "{{contact.first_name}}?"


def test_an_empty_variable_is_asked_about_once(cast):
    """G-25: without value and default the composer warns; forced, it goes with nothing there."""
    conversation = taken(cast)
    url, ben = f"/conversations/{conversation.public_id}/messages/", browser(cast.ben)
    line = {"body": "Hello {{contact.first_name}}!", "client_id": str(uuid4()), "seen_seq": 1}
    held = ben.post(url, line, "application/json", headers=JSON)
    assert (held.status_code, held.json()["error"]) == (409, "empty_variables")
    assert "First name" in held.json()["message"]
    assert ben.post(url, line | {"force": True}, "application/json", headers=JSON).status_code == 201
    assert Message.objects.get(conversation=conversation, author_kind="user").body == "Hello !"
    only = {"body": "{{contact.first_name}}", "client_id": str(uuid4())}
    assert ben.post(url, only, "application/json", headers=JSON).status_code == 422


# --- settings --------------------------------------------------------------------------------------------------
def test_everybody_writes_their_own(cast):
    """The circle that a form names is never trusted (S-11)."""
    ben = browser(cast.ben)
    assert ben.post("/settings/replies/new/", REPLY | {"circle": "mine"}).status_code == 303
    mine = SavedReply.objects.get()
    assert (mine.owner, mine.shortcut) == (cast.ben, "thanks-a-lot")
    for circle in ("company", str(cast.inbox.pk), "17", ""):
        assert ben.post("/settings/replies/new/", REPLY | {"circle": circle}).status_code == 422
    page = ben.get("/settings/replies/").content.decode()
    assert "Thanks" in page
    assert "Thanks" not in browser(cast.cem).get("/settings/replies/").content.decode()
    assert browser(cast.cem).get(f"/settings/replies/{mine.public_id}/").status_code == 404
    assert browser(cast.anna).post(f"/settings/replies/{mine.public_id}/remove/").status_code == 404
    changed = REPLY | {"title": "Thank you"}
    assert ben.post(f"/settings/replies/{mine.public_id}/", changed).status_code == 303
    assert SavedReply.objects.get().title == "Thank you"
    assert not AuditEntry.objects.filter(action__startswith="texts.").exists()
    assert ben.post(f"/settings/replies/{mine.public_id}/remove/").status_code == 303
    assert not SavedReply.objects.exists()


def test_shared_ones_are_the_managers(cast):
    """G-30: team members use them, managers of the inbox write them, admins the company's; the log knows who."""
    anna, ben = browser(cast.anna), browser(cast.ben)
    anna.post("/settings/replies/new/", REPLY | {"circle": str(cast.inbox.pk)})
    shared = SavedReply.objects.get()
    url = f"/settings/replies/{shared.public_id}/"
    assert ben.get(url).status_code == 403
    assert ben.post(url, REPLY).status_code == 403
    assert ben.post(f"{url}remove/").status_code == 403
    InboxMembership.objects.filter(inbox=cast.inbox, user=cast.ben).update(role="manager")
    assert ben.post(url, REPLY | {"text": "Thanks!"}).status_code == 303
    assert browser(cast.udo).get(url).status_code == 404
    assert list(
        AuditEntry.objects.filter(action__startswith="texts.").order_by("pk").values_list("action", flat=True)
    ) == [
        "texts.reply_added",
        "texts.reply_edited",
    ]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * 10_001, 422),
        ("a\x00b", 422),
        ("Hello {{contact.firstname}}", 422),
        ("{{7*7}} {% now %} <b>", 303),
        ("", 422),
    ],
)
def test_hostile_texts(cast, text, status):
    """A spelling mistake is refused at its field and everything typed stays; code is text."""
    answer = browser(cast.ben).post("/settings/replies/new/", REPLY | {"circle": "mine", "text": text})
    assert answer.status_code == status
    if "firstname" in text:
        assert "{{contact.firstname}}" in answer.content.decode()


def test_a_circle_holds_five_hundred(cast):
    row = {"company": cast.nordlicht, "title": "x", "text": "x", "updated_at": NOW}
    SavedReply.objects.bulk_create(SavedReply(**row) for _ in range(MAX_OF_A_CIRCLE))
    with pytest.raises(TooMany):
        make_reply(cast)
    assert make_reply(cast, owner=cast.ben).pk


def test_the_company_s_variables(cast):
    """G-22: four values editable by admins; empty ones are the company's own (A-26)."""
    fields = {"name": "Nordlicht", "address": "", "email": "hello@nordlicht.example", "phone": "+49 1"}
    fields |= {"first_name_default": "customer", "last_name_default": "", "full_name_default": ""}
    anna = browser(cast.anna)
    assert browser(cast.ben).get("/settings/variables/").status_code == 403
    assert anna.post("/settings/variables/", fields | {"organisation_default": ""}).status_code == 303
    row = Variables.objects.get()
    assert (row.company, row.name, row.first_name_default) == (cast.nordlicht, "Nordlicht", "customer")
    assert AuditEntry.objects.filter(action="texts.variables").count() == 1
    page = anna.get("/settings/variables/").content.decode()
    assert "{{account.name}}" in page
    wrong = anna.post("/settings/variables/", fields | {"email": "no address"})
    assert wrong.status_code == 422
