"""How many statements a message costs, alone and in a batch."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.actions import assigning
from conversations.actions.posting import NewMessage, Posted, post_messages
from conversations.authors import Author
from tests.cast import make_visitor, write
from tests.conversations.posts import new, reply, upload
from tests.conversations.rings import at

pytestmark = pytest.mark.django_db


def statements(*messages: NewMessage) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        outcomes = post_messages(messages, now=at(30))
    assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes
    return [query["sql"] for query in captured.captured_queries]


def test_how_many_statements_a_message_costs(cast, talk, kim, ben):
    """One each: savepoint or BEGIN, lock, known ids, insert, head, read mark, event, versions, end – nothing else."""
    for message in (new(talk, kim), reply(talk, ben)):
        found = statements(message)
        assert len(found) <= 9, "\n".join(found)
    rings = write(make_visitor(cast.nordlicht), cast.support)
    while_ringing = statements(new(rings, Author.of_visitor(rings.visitor)))
    assert len(while_ringing) <= 10, "\n".join(while_ringing)
    holder = rings.offers.get(state="pending").user
    accepting = statements(reply(rings, Author.of_user(holder)))
    assert len(accepting) <= 15, "\n".join(accepting)


def test_a_batch_costs_as_much_as_one(cast, talk, kim, ben):
    """Twenty messages in five conversations, with files, while some ring: the same statements as a few."""
    talks = [write(make_visitor(cast.nordlicht), cast.support) for _ in range(5)]
    for conversation in talks[:3]:
        assigning.assign(conversation, to=cast.ben, by=cast.anna, role="admin", now=at(1))

    def batch(size: int) -> list[NewMessage]:
        found = []
        for number in range(size):
            conversation = talks[number % 5]
            author = ben if number % 5 < 3 and number % 2 else Author.of_visitor(conversation.visitor)
            files = (upload(cast.nordlicht, author).public_id,) if number % 4 == 0 else ()
            found.append(new(conversation, author, role="team_member", attachments=files))
        return found

    few, many = statements(*batch(5)), statements(*batch(40))
    assert len(many) <= len(few) + 1, "\n".join(many)
    assert len(many) <= 14, "\n".join(many)
