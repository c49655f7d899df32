"""What search remembers: written by the worker, gone at once with its message, without numbers."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Message, SearchCard, SearchLine, SearchWord
from tests.cast import NOW, make_visitor, write
from tests.conversations.searches import answer

pytestmark = pytest.mark.django_db


def test_edited_and_deleted_messages_leave_the_index_at_once(cast, find):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    assert find(cast.ben, "pineapple") == ["A pineapple"]
    message = Message.objects.get(conversation=conversation)
    message.body = "A grapefruit"
    message.save()
    assert find(cast.ben, "pineapple") == []
    assert find(cast.ben, "grapefruit") == ["A grapefruit"]
    Message.objects.filter(pk=message.pk).update(deleted_at=NOW)
    assert not SearchLine.objects.exists()
    assert find(cast.ben, "grapefruit") == []


def test_a_message_deleted_before_the_worker_came_is_never_read_in(cast, find):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    Message.objects.filter(conversation=conversation).update(deleted_at=NOW)
    assert find(cast.ben, "pineapple") == []
    assert not SearchLine.objects.exists()


def test_sending_a_message_costs_nothing_for_search(cast, react):
    """The index is written by the worker: no statement of a send names it."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello")
    with CaptureQueriesContext(connection) as sent:
        answer(conversation, cast.ben, "A pineapple")
    assert not [query for query in sent.captured_queries if "search" in query["sql"]]
    assert not SearchLine.objects.exists()
    react()
    assert SearchLine.objects.count() == 2


def test_reading_in_twice_changes_nothing(cast, react):
    from conversations.actions.searching import read_in

    conversation = write(make_visitor(cast.nordlicht), cast.support, "Two pineapples")
    react()
    before = list(SearchLine.objects.values()), list(SearchCard.objects.values()), set(SearchWord.objects.values_list())
    read_in([(conversation.pk, 1), (conversation.pk, 1)])
    after = list(SearchLine.objects.values()), list(SearchCard.objects.values()), set(SearchWord.objects.values_list())
    assert before == after


def test_words_of_an_inbox_hold_no_numbers(cast, react):
    """What could be an order or telephone number is found whole, and kept nowhere but with its message."""
    write(make_visitor(cast.nordlicht), cast.support, "Call 0171 5550100 about AB12 pineapple")
    react()
    words = set(SearchWord.objects.values_list("word", flat=True))
    assert "pineapple" in words
    assert not [word for word in words if re.search(r"\d", word)]
