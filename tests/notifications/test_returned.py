"""A message that waited and was not sent: its author finds that in the bell, wherever they are by then."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from conversations.actions import assigning, later
from conversations.authors import Author
from conversations.selectors.visibility import conversation_for
from notifications.centre import centre
from notifications.models import Notice
from tests.cast import NOW, make_visitor, write
from tests.notifications.minutes import post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def put_off(cast):
    """put_off(scheduled): a reply of Ben's that is due in a minute, in a request of his."""

    def put(*, scheduled: bool = True):
        talk = write(make_visitor(cast.nordlicht, name="Lea Winter"), cast.support, "Where is it?")
        assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
        found = conversation_for(cast.member(cast.ben), talk.public_id)
        return later.put_off(
            found, member=cast.member(cast.ben), kind="reply", body="On its way.", client_id=uuid4(),
            due_at=NOW + timedelta(minutes=1), scheduled=scheduled, now=NOW,
        )  # fmt: skip

    return put


def returned(user) -> list[Notice]:
    return list(Notice.objects.filter(user=user, cause="returned"))


@pytest.mark.parametrize("scheduled", [True, False])
def test_the_author_finds_it_in_the_bell(cast, put_off, react, settle, scheduled):
    """N-29: given to a colleague meanwhile, so it may not be sent; no mail, for nobody wrote; once."""
    row = put_off(scheduled=scheduled)
    assigning.assign(row.conversation, to=cast.cem, by=cast.anna, role="admin", now=NOW)
    react()
    settle(NOW + timedelta(minutes=1))
    settle(NOW + timedelta(minutes=2))
    react()
    row.refresh_from_db()
    assert row.state == "returned"
    [notice] = returned(cast.ben)
    assert (notice.conversation, notice.in_app, notice.due_at) == (row.conversation, True, None)
    lines = [line for group in centre(cast.member(cast.ben)).groups for line in group.lines]
    assert ("returned", True) in [(line.cause, line.unread) for line in lines]
    assert not returned(cast.cem)


def test_what_was_sent_or_taken_back_tells_nothing(cast, put_off, react, settle):
    sent, undone = put_off(), put_off()
    later.take_back(undone, now=NOW)
    settle(NOW + timedelta(minutes=1))
    react()
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert not Notice.objects.filter(cause="returned").exists()


def test_the_bell_moves_at_once(cast, put_off, react, frames, django_capture_on_commit_callbacks):
    """N-29: even when something else of that conversation waited for the author already."""
    row = put_off()
    post(row.conversation, Author.of_visitor(row.conversation.visitor), "Another question", now=NOW)
    react()
    with django_capture_on_commit_callbacks(execute=True):
        later.discard(row, by=cast.anna, now=NOW)
        react()
    told = [one["d"] for one in frames if one["k"] == "unread" and one["g"] == f"member.{cast.ben.public_id}"]
    assert [one["bell"] for one in told] == [1]


def test_who_stopped_it_is_not_told(cast, put_off, react):
    """An admin stops Ben's message: Ben hears of it."""
    row = put_off()
    later.discard(row, by=cast.anna, now=NOW)
    react()
    assert [notice.user for notice in returned(cast.ben)] == [cast.ben]
    assert not returned(cast.anna)
