"""Undo: a row with a deadline from the first moment, sent once, or given back whole; INV-18, S-02."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conversations.actions import later
from conversations.attachments import accept_upload
from conversations.models import Draft, Later, Message
from events.models import Due
from tests.cast import NOW, make_visitor, write
from tests.conversations.laters import JSON, answers, put_off, verb, wait
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


# --- undo ------------------------------------------------------------------------------------------------------
def test_it_is_shown_as_it_will_be_read(cast, accepted):
    """S-22: with its bold words, and what would be a script is text."""
    answer = wait(signed_in(cast.ben), accepted, body="**Yes** <img src=x onerror=alert(1)>")
    shown = answer.json()["waiting"]["html"]
    assert shown == "<strong>Yes</strong> &lt;img src=x onerror=alert(1)&gt;"


def test_it_waits_and_goes_once(cast, accepted, settle):
    """Stored at once, sent when its time has come, with the same client id; a repeat is the same row."""
    ben = signed_in(cast.ben)
    client_id = str(uuid4())
    answer = wait(ben, accepted, client_id=client_id)
    assert answer.status_code == 201
    assert answer.json()["waiting"]["state"] == "waiting"
    assert wait(ben, accepted, client_id=client_id).status_code == 201
    assert Later.objects.count() == Due.objects.filter(kind="later").count() == 1
    row = Later.objects.get()
    assert timedelta(seconds=4) < row.due_at - timezone.now() <= timedelta(seconds=5)
    assert answers(accepted) == []
    settle(row.due_at - timedelta(milliseconds=1))
    assert answers(accepted) == []
    settle(row.due_at)
    assert answers(accepted) == ["Yes, it can."]
    settle(row.due_at)
    assert Message.objects.get(conversation=accepted, author_kind="user").client_id == UUID(client_id)
    assert Later.objects.get().state == "sent"
    assert wait(ben, accepted, client_id=client_id).json()["waiting"]["state"] == "sent"
    assert wait(ben, accepted, client_id=client_id, body="Other").status_code == 409
    assert wait(signed_in(cast.anna), accepted, client_id=client_id).status_code == 409
    assert len(answers(accepted)) == 1


def test_undo_brings_text_and_files_back(cast, accepted, settle):
    """…above what was begun meanwhile; nothing is sent; twice is no error, too late is told."""
    ben = signed_in(cast.ben)
    file = accept_upload(
        company=cast.nordlicht,
        uploader=f"user:{cast.ben.pk}",
        file=SimpleUploadedFile("f", b"x"),
        name="plan.txt",
        now=NOW,
    )
    wait(ben, accepted, attachments=[str(file.public_id)])
    row = Later.objects.get()
    answer = verb(ben, accepted, row, "back", kind="reply", body="And then", files=[])
    draft = answer.json()["draft"]
    assert draft["body"] == "Yes, it can.\n\nAnd then"
    assert [one["id"] for one in draft["files"]] == [str(file.public_id)]
    assert Draft.objects.get().body == draft["body"]
    settle(row.due_at + timedelta(seconds=9))
    assert answers(accepted) == []
    assert verb(ben, accepted, row, "back", kind="reply").status_code == 200
    wait(ben, accepted, "Second")
    second = Later.objects.get(body="Second")
    settle(second.due_at)
    assert verb(ben, accepted, second, "back").status_code == 409
    assert answers(accepted) == ["Second"]


def test_undo_replaces_what_was_stored_of_the_sheet(cast, accepted):
    """What was begun next had been stored half: it is not there twice; without a sheet the stored one stays below."""
    ben, draft = signed_in(cast.ben), f"/conversations/{accepted.public_id}/draft/"
    for sheet, whole in (
        ({"body": "And also this"}, "Sent text\n\nAnd also this"),
        ({"body": ""}, "Sent text"),
        ({}, "Sent text\n\nAnd also thi"),
    ):
        Draft.objects.all().delete()
        wait(ben, accepted, "Sent text")
        row = Later.objects.get(state="waiting")
        half = {"kind": "reply", "body": "And also thi", "files": [], "version": 0}
        assert ben.post(draft, half, "application/json", headers=JSON).status_code == 200
        answer = verb(ben, accepted, row, "back", kind="reply", **sheet)
        assert answer.json()["draft"]["body"] == Draft.objects.get().body == whole


def test_what_is_given_back_is_never_cut(cast, accepted):
    """More than a draft holds otherwise: all of it is there, can be made shorter, and is refused when it is sent."""
    ben, page = signed_in(cast.ben), f"/conversations/{accepted.public_id}"
    wait(ben, accepted, "M" * 10_000)
    answer = verb(ben, accepted, Later.objects.get(), "back", kind="reply", body="D" * 24_000, files=[])
    whole = answer.json()["draft"]
    assert whole["body"] == "M" * 10_000 + "\n\n" + "D" * 24_000

    def put(body):
        data = {"kind": "reply", "body": body, "files": [], "version": Draft.objects.get().version}
        return ben.post(f"{page}/draft/", data, "application/json", headers=JSON).status_code

    assert put(whole["body"] + "!") == 422
    assert put(whole["body"][:-1]) == 200
    assert put("short") == 200
    assert put("D" * 25_001) == 422
    assert wait(ben, accepted, whole["body"]).json()["error"] == "too_long"
    assert Draft.objects.get().body == "short"


def test_undone_before_it_arrived(cast, accepted, settle):
    """The network swaps the two: whatever arrives under an undone id is not sent."""
    ben, client_id = signed_in(cast.ben), uuid4()
    url = f"/conversations/{accepted.public_id}/later/{client_id}/back/"
    for _press in range(2):  # the answer to the first got lost
        answer = ben.post(url, {"kind": "reply"}, "application/json", headers=JSON)
        assert answer.json() == {"draft": None, "quote": None}
    assert wait(ben, accepted, client_id=str(client_id)).json()["waiting"]["state"] == "undone"
    settle(timezone.now() + timedelta(minutes=1))
    assert answers(accepted) == []


def test_send_now(cast, accepted, settle):
    ben = signed_in(cast.ben)
    wait(ben, accepted)
    row = Later.objects.get()
    assert verb(ben, accepted, row, "send").json()["waiting"]["state"] == "sent"
    assert verb(ben, accepted, row, "send").status_code == 200
    settle(row.due_at)
    assert answers(accepted) == ["Yes, it can."]
    assert not Due.objects.filter(kind="later").exists()


def test_what_can_still_be_taken_back_goes_before_one_closes(cast, accepted):
    """“Send” and then E within the seconds: the answer first, then closed; it stays closed."""
    ben = signed_in(cast.ben)
    wait(ben, accepted)
    assert ben.post(f"/conversations/{accepted.public_id}/close/").status_code == 303
    assert answers(accepted) == ["Yes, it can."]
    accepted.head.refresh_from_db()
    assert accepted.head.status == "closed"


def test_old_rows_go(cast, accepted, settle):
    row = put_off(cast, accepted)
    settle(row.due_at)
    assert later.drop_settled(now=NOW + timedelta(days=1)) == 0
    assert later.drop_settled(now=NOW + timedelta(days=3)) == 1


# --- hostile callers -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": "x" * 10_001}, 422),
        ({"body": " \x00 "}, 422),
        ({"attachments": [str(uuid4())]}, 422),
        ({"undo": -1}, 422),
        ({"undo": 10**9}, 201),
        ({"when": "never"}, 422),
        ({"kind": "direct"}, 422),
        ({"client_id": "x"}, 422),
        ({"state": "sent", "user": 1, "due_at": "2001-01-01"}, 201),
    ],
)
def test_hostile_fields(cast, accepted, fields, status):
    assert wait(signed_in(cast.ben), accepted, **fields).status_code == status
    for row in Later.objects.all():
        assert row.user == cast.ben
        assert row.state == "waiting"
        assert row.due_at <= timezone.now() + timedelta(seconds=30)


def test_foreign_ids(cast, accepted):
    """S-02: a colleague's and another company's are not there."""
    row = put_off(cast, accepted)
    other = write(make_visitor(cast.nordlicht), cast.support, "Second?", now=NOW + timedelta(seconds=1))
    for user, status in (("cem", 404), ("udo", 404), ("anna", 404)):
        for name in ("send", "back", "delete"):
            assert verb(signed_in(getattr(cast, user)), accepted, row, name).status_code == status
    assert verb(signed_in(cast.ben), other, row, "send").status_code == 404
    row.refresh_from_db()
    assert row.state == "waiting"
