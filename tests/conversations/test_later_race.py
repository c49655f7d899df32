"""Messages that wait, at the same moment: the answer to “Undo” is true, and a repeat is the same row."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from conversations.actions import later, ringing
from conversations.models import Later
from events import due
from tests.cast import NOW, make_cast, make_visitor, write
from tests.conversations.laters import JSON, answers, put_off, wait
from tests.conversations.pages import signed_in
from tests.threads import in_threads

pytestmark = [pytest.mark.usefixtures("clean_valkey"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene():
    """The cast, and a request of Ben's."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return cast, conversation


@pytest.fixture
def stored_slowly(monkeypatch):
    """(inserted, go): a message that is put off is stored, and its transaction stays open until `go`."""
    inserted, go = threading.Event(), threading.Event()
    clear = later.drafts.clear_draft

    def slow(*args, **fields):
        inserted.set()
        go.wait(10)
        return clear(*args, **fields)

    monkeypatch.setattr(later.drafts, "clear_draft", slow)
    return inserted, go


def test_undone_while_it_is_being_stored(scene, stored_slowly):
    """“Undo” finds what is stored at this very moment: the text is a draft again, and nothing is sent."""
    cast, conversation = scene
    inserted, go = stored_slowly
    client_id = str(uuid4())
    ben, other = signed_in(cast.ben), signed_in(cast.ben)
    url = f"/conversations/{conversation.public_id}/later/{client_id}/back/"

    def undo():
        assert inserted.wait(10)
        threading.Timer(0.5, go.set).start()
        return other.post(url, {"kind": "reply", "body": "", "files": []}, "application/json", headers=JSON)

    put, undone = in_threads(lambda: wait(ben, conversation, client_id=client_id), undo)
    assert (put.status_code, undone.status_code) == (201, 200)
    assert undone.json()["draft"]["body"] == "Yes, it can."
    assert Later.objects.get().state == "undone"
    due.settle(timezone.now() + timedelta(minutes=1))
    assert answers(conversation) == []


def test_the_same_message_twice_at_once(scene, stored_slowly):
    """One row, told to both."""
    cast, conversation = scene
    inserted, go = stored_slowly
    client_id = str(uuid4())
    ben, other = signed_in(cast.ben), signed_in(cast.ben)

    def again():
        assert inserted.wait(10)
        threading.Timer(0.5, go.set).start()
        return wait(other, conversation, client_id=client_id)

    both = in_threads(lambda: wait(ben, conversation, client_id=client_id), again)
    assert [one.status_code for one in both] == [201, 201]
    assert [one.json()["waiting"]["id"] for one in both] == [client_id] * 2
    assert Later.objects.count() == 1


def test_send_now_twice_while_it_is_due():
    """Two presses of “Send now” and the clock at once: exactly one message."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    row = put_off(cast, conversation)
    moment = row.due_at
    results = in_threads(
        lambda: later.send_now(row, now=moment),
        lambda: later.send_now(row, now=moment),
        lambda: due.settle(moment),
    )
    assert not [found for found in results if isinstance(found, Exception)], results
    assert answers(conversation) == ["Yes, it can."]
    assert Later.objects.get().state == "sent"
