"""A conversation's start: once for the same start, numbered per company, nothing stored of a bad one (design.md §5.7)."""

from __future__ import annotations

import uuid

import pytest

from conversations.actions.posting import BadMessage
from conversations.models import Conversation, Message
from tests.cast import make_cast, make_channel, make_customer, make_inbox, make_visitor, write, write_by_mail
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


def test_the_same_start_makes_one_conversation(cast):
    """design.md §5.7: the widget's outbox may send it again."""
    visitor, fields = make_visitor(cast.nordlicht), {"client_id": uuid.uuid4(), "start_id": uuid.uuid4()}
    first, second = (write(visitor, cast.support, "Hello", **fields) for _ in range(2))
    assert first.pk == second.pk
    assert first.messages.count() == 1
    assert first.offers.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_start_twice_at_once():
    """Two tabs, one outbox: one conversation, one message, one number."""
    cast = make_cast()
    visitor, fields = make_visitor(cast.nordlicht), {"client_id": uuid.uuid4(), "start_id": uuid.uuid4()}
    found = in_threads(*[lambda: write(visitor, cast.support, "Hello", **fields).pk] * 4)
    assert len(set(found)) == 1
    assert Message.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_a_start_with_a_bad_message_stores_nothing(cast):
    """No empty conversation, no number used up."""
    visitor = make_visitor(cast.nordlicht)
    with pytest.raises(BadMessage):
        write(visitor, cast.support, "  ")
    assert not Conversation.objects.exists()
    assert write(visitor, cast.support).number == 1


def test_numbers_count_per_company(cast):
    """Süd's first conversation is number one, however many Nordlicht has."""
    for expected in (1, 2):
        assert write(make_visitor(cast.nordlicht), cast.support).number == expected
    channel = make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe", cast.udo)
    assert write(make_visitor(cast.sued), channel).number == 1


def test_a_start_says_how_it_came(cast):
    """A mail's first message is a mail's."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    message = write_by_mail(lea, "Two lamps are missing").messages.get()
    assert message.via == "email"
