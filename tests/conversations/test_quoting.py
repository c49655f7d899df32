"""Quotes: read from the message itself, and never of what the reader may not see; INV-02, S-10, N-26."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from conversations.actions.posting import BadMessage
from conversations.actions.starting import direct_conversation
from conversations.models import Message, Participant
from tests.cast import NOW, make_visitor, write
from tests.conversations.edits import change, say, take_back
from tests.conversations.pages import base

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def test_a_quote_is_read_from_the_message_itself(cast, accepted, client, frames, committed):
    """An edit reaches it, a deletion empties it, in pages and in frames."""
    asked = Message.objects.get(conversation=accepted, seq=1)
    quoted = say(accepted, cast.ben, "The old price")
    answer = say(accepted, cast.ben, "See above", quote=quoted.client_id)
    change(accepted, quoted, cast.ben, "The new price")
    client.force_login(cast.cem)
    page = client.get(base(accepted)).content.decode()
    assert page.count("The new price") == 2
    assert "The old price" not in page
    frames.clear()
    with committed():
        take_back(accepted, quoted, cast.ben)
    told = [f["d"] for f in frames if f["k"] == "message" and f["d"]["id"] == str(answer.client_id)]
    assert told
    assert all(data["quote"]["text"] == "" and data["quote"]["deleted"] for data in told)
    assert "price" not in client.get(base(accepted)).content.decode()
    with pytest.raises(BadMessage, match="bad_quote"):
        say(accepted, cast.ben, "x", quote=quoted.client_id)
    assert say(accepted, cast.ben, "y", quote=asked.client_id).quoting == asked


def test_what_customers_read_never_quotes_what_they_may_not(cast, accepted, beside, client):
    """INV-02, S-10: refused by the action and by the door; the other direction is allowed."""
    note, question = say(beside, cast.ben, "CANARYNOTE"), Message.objects.get(conversation=accepted, seq=1)
    other = write(make_visitor(cast.nordlicht), cast.support, "CANARYOTHER", now=NOW + timedelta(hours=1))
    foreign = Message.objects.get(conversation=other, seq=1)
    for hidden in (note, foreign):
        with pytest.raises(BadMessage, match="bad_quote"):
            say(accepted, cast.ben, "x", quote=hidden.client_id)
        client.force_login(cast.ben)
        fields = {"body": "x", "client_id": str(uuid4()), "kind": "reply", "quote": str(hidden.client_id)}
        answer = client.post(f"{base(accepted)}messages/", fields, content_type="application/json")
        assert answer.status_code == 422
        assert b"CANARY" not in answer.content
    with pytest.raises(BadMessage, match="bad_quote"):
        say(beside, cast.ben, "x", quote=foreign.client_id)
    assert say(beside, cast.ben, "x", quote=question.client_id).quoting == question
    assert Message.objects.filter(conversation=accepted).count() == 1


def test_who_joined_later_gets_no_word_from_before_by_a_quote(cast):
    """A direct conversation: what a newcomer cannot read is not quoted to them."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    old = say(talk, cast.ben, "Before Dora")
    Participant.objects.create(
        conversation=talk, user=cast.dora, side="peer", following=True, since_seq=old.seq, joined_at=NOW
    )
    with pytest.raises(BadMessage, match="bad_quote"):
        say(talk, cast.cem, "x", quote=old.client_id)
