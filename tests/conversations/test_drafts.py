"""Drafts on the server: every device shows them, newer text is never overwritten silently; S-02, S-11."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from conversations.actions import ringing
from conversations.actions.drafts import clear_draft, drop_old, save_draft
from conversations.attachments import accept_upload, drop_unsent
from conversations.models import Attachment, Draft
from tests.cast import NOW, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


JSON = {"accept": "application/json"}


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def put(client, conversation, body, version=0, **fields):
    data = {"kind": "reply", "body": body, "files": [], "version": version} | fields
    return client.post(f"/conversations/{conversation.public_id}/draft/", data, "application/json", headers=JSON)


def upload(cast, user, name="plan.txt"):
    file = SimpleUploadedFile("f", b"plan")
    return accept_upload(company=cast.nordlicht, uploader=f"user:{user.pk}", file=file, name=name, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_devices(cast, taken, frames):
    """The newer version wins; who has not read it is told and given it; the other tabs hear of every change."""
    ben = browser(cast.ben)
    first = put(ben, taken, "Hello Kim", tab="a").json()["draft"]
    assert (first["body"], first["version"]) == ("Hello Kim", 2)
    frame = frames[-1]
    assert (frame["g"], frame["k"]) == (f"member.{cast.ben.public_id}", "draft")
    assert (frame["d"]["tab"], frame["d"]["body"], frame["d"]["c"]) == ("a", "Hello Kim", str(taken.public_id))
    second = put(ben, taken, "Hello Kim, yes", first["version"], tab="b").json()["draft"]
    late = put(ben, taken, "Hello", first["version"], tab="a")
    assert late.status_code == 409
    assert late.json()["draft"]["body"] == "Hello Kim, yes"
    assert Draft.objects.get().body == "Hello Kim, yes"
    told = len(frames)
    assert put(ben, taken, "Hello Kim, yes", 1).json()["draft"]["version"] == second["version"]
    assert len(frames) == told  # the same again is no change


def test_an_emptied_draft_takes_whatever_comes(cast, taken):
    """It was sent: an old version number is no reason to refuse what is begun next."""
    ben = browser(cast.ben)
    put(ben, taken, "Hello")
    clear_draft(taken, user=cast.ben, kind="reply", now=NOW)
    assert put(ben, taken, "Next", 2).json()["draft"]["body"] == "Next"


def test_kinds_people_and_conversations_never_mix(cast, taken):
    """One sheet per person, conversation and readers; nobody reads a colleague's."""
    other = write(make_visitor(cast.nordlicht), cast.support, "Second?", now=NOW + timedelta(seconds=1))
    ben, cem = browser(cast.ben), browser(cast.cem)
    put(ben, taken, "to the customer")
    put(ben, taken, "between us", kind="internal")
    put(ben, other, "second")
    put(cem, taken, "by Cem", kind="internal")
    url = f"/conversations/{taken.public_id}/draft/"
    drafts = ben.get(url).json()["drafts"]
    assert {kind: one["body"] for kind, one in drafts.items()} == {"reply": "to the customer", "internal": "between us"}
    assert cem.get(url).json()["drafts"]["internal"]["body"] == "by Cem"
    page = ben.get(f"/conversations/{taken.public_id}/").content.decode()
    assert "to the customer" in page
    assert "by Cem" not in page
    assert browser(cast.udo).get(url).status_code == 404
    assert put(browser(cast.udo), taken, "x").status_code == 404


def test_the_list_shows_own_drafts(cast, taken, django_assert_max_num_queries):
    """“Draft: …” in the row of whoever wrote it; one query however many."""
    put(browser(cast.ben), taken, "Hello\n  Kim")
    page = browser(cast.ben).get("/conversations/?view=open").content.decode()
    assert "<b>Draft:</b> <bdi>Hello Kim</bdi>" in page
    assert "<bdi>Hello Kim</bdi>" not in browser(cast.cem).get("/conversations/?view=open").content.decode()


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [("en", "1 file", "2 files"), ("de", "1 Datei", "2 Dateien"), ("sv", "1 fil", "2 filer")],
)
def test_a_draft_of_files_says_how_many(cast, taken, language, one, more):
    User.objects.filter(pk=cast.ben.pk).update(language=language)
    version, files = 0, []
    for words in (one, more):
        files.append(str(upload(cast, cast.ben).public_id))
        version = put(browser(cast.ben), taken, "", version, files=files).json()["draft"]["version"]
        assert f"</b> <bdi>{words}</bdi>" in browser(cast.ben).get("/conversations/?view=open").content.decode()


def test_files_stay_with_the_draft(cast, taken):
    """Own uploads only; they outlive the day after which nobody's uploads go."""
    mine, cems = upload(cast, cast.ben), upload(cast, cast.cem)
    data = put(browser(cast.ben), taken, "", files=[str(mine.public_id), str(cems.public_id), str(uuid4())]).json()
    assert [file["id"] for file in data["draft"]["files"]] == [str(mine.public_id)]
    assert drop_unsent(now=NOW + timedelta(days=2)) == 1
    assert list(Attachment.objects.all()) == [mine]
    clear_draft(taken, user=cast.ben, kind="reply", now=NOW)
    assert drop_unsent(now=NOW + timedelta(days=2)) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": "x" * 25_001}, 422),
        ({"body": "a\x00b\ud800"}, 200),
        ({"body": 5}, 422),
        ({"kind": "direct"}, 422),
        ({"files": "no list"}, 422),
        ({"files": ["no id"]}, 422),
        ({"version": -1}, 422),
        ({"version": "x"}, 422),
        ({"user": 1, "conversation_id": 1}, 200),
    ],
)
def test_hostile_fields(cast, taken, fields, status):
    """Lengths, NUL, half characters, wrong types, more fields than there are (S-11)."""
    answer = put(browser(cast.ben), taken, **({"body": "x"} | fields))
    assert answer.status_code == status
    if status == 200:
        row = Draft.objects.get()
        assert (row.user, row.conversation) == (cast.ben, taken)
        assert "\x00" not in row.body


def test_a_sent_text_is_no_draft_any_more(cast, taken, react):
    """Sent from elsewhere – without scripts, by a program: the draft with the same words is over."""
    ben = browser(cast.ben)
    put(ben, taken, "Yes, it can.")
    put(ben, taken, "Something else", kind="internal")
    line = {"body": "Yes, it can.", "client_id": str(uuid4())}
    assert (
        ben.post(f"/conversations/{taken.public_id}/messages/", line, "application/json", headers=JSON).status_code
        == 201
    )
    react()
    assert dict(Draft.objects.values_list("kind", "body")) == {"reply": "", "internal": "Something else"}


def test_old_ones_go(cast, taken):
    fields = {"user": cast.ben, "files": [], "version": 0, "now": NOW}
    save_draft(taken, kind="reply", body="old", **fields)
    save_draft(taken, kind="internal", body="x", **fields)
    clear_draft(taken, user=cast.ben, kind="internal", now=NOW)
    assert drop_old(now=NOW + timedelta(days=31)) == 1
    assert drop_old(now=NOW + timedelta(days=366)) == 1


def test_a_request_of_one_s_own_has_drafts_too(cast):
    """A user of another company who asks: the same, at the request's own address."""
    from conversations.actions.asking import ask

    udo = cast.member(cast.udo)
    conversation = ask(
        udo, cast.support, subject="Lamp", body="Do you deliver?", start_id=uuid4(), client_id=uuid4(), now=NOW
    )
    url = f"/requests/{conversation.public_id}/draft/"
    data = {"kind": "reply", "body": "One more thing", "version": 0}
    assert browser(cast.udo).post(url, data, "application/json", headers=JSON).status_code == 200
    assert "One more thing" in browser(cast.udo).get(f"/requests/{conversation.public_id}/").content.decode()
    assert browser(cast.ben).get(url).status_code == 404
