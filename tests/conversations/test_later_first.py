"""What can still be taken back goes before its author closes, moves or joins the conversation: one alone or many (E-08)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from conversations.actions import assigning, bulk
from conversations.models import Conversation, Draft, Later
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write
from tests.conversations.laters import answers, wait
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def kim(cast):
    return make_visitor(cast.nordlicht)


@pytest.fixture
def mine(cast, kim):
    """mine(): a request of Kim's that Ben has."""

    def make() -> Conversation:
        conversation = write(kim, cast.support, "Hello?")
        assigning.assign(conversation, to=cast.ben, by=cast.anna, role="admin", now=NOW)
        return conversation

    return make


@pytest.fixture
def board(cast):
    return make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem)


def run(cast, verb, *conversations, argument=""):
    ids = [one.pk for one in conversations]
    return bulk.start(cast.member(cast.ben), key=uuid4(), verb=verb, argument=argument, ids=ids, now=NOW)


def sent(conversation) -> bool:
    rows = Later.objects.filter(conversation=conversation).values_list("state", flat=True)
    return answers(conversation) == ["Yes, it can."] and set(rows) == {"sent"} and not Draft.objects.exclude(body="")


@pytest.mark.parametrize("verb", ["close", "move", "snooze"])
def test_many_at_once(cast, mine, board, verb):
    first, second = mine(), mine()
    wait(signed_in(cast.ben), first)
    argument = {"move": str(board.public_id), "snooze": "answer"}.get(verb, "")
    assert run(cast, verb, first, second, argument=argument).done == 2
    assert sent(first)
    assert answers(second) == []


def test_a_closed_one_that_the_answer_opens_is_closed(cast, mine):
    """The same as with the single verb: the answer first, then closed."""
    conversation = mine()
    run(cast, "close", conversation)
    wait(signed_in(cast.ben), conversation)
    assert run(cast, "close", conversation).done == 1
    assert sent(conversation)
    assert Conversation.objects.get(pk=conversation.pk).head.status == "closed"


def test_reading_hurries_nothing(cast, mine):
    conversation = mine()
    wait(signed_in(cast.ben), conversation)
    run(cast, "read", conversation)
    run(cast, "unread", conversation)
    assert Later.objects.get().state == "waiting"


def test_moved_alone(cast, mine, board):
    conversation, ben = mine(), signed_in(cast.ben)
    wait(ben, conversation)
    assert ben.post(f"/conversations/{conversation.public_id}/move/", {"to": str(board.public_id)}).status_code == 303
    assert sent(conversation)


def test_joined(cast, mine):
    """In the one that goes, and in the one that stays."""
    source, target, ben = mine(), mine(), signed_in(cast.ben)
    wait(ben, source)
    wait(ben, target)
    url = f"/conversations/{target.public_id}/merge/"
    assert ben.post(url, {"source": str(source.public_id)}).status_code == 303
    assert sent(source)
    assert sent(target)
