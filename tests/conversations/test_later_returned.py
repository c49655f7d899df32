"""What waits is sent only if it still may: else it is a draft again, and its author is told why; INV-05."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels_app.models import InboxMembership
from companies.models import Membership
from conversations.actions import assigning, closing
from conversations.authors import Author
from conversations.models import Draft, Later
from tests.cast import NOW
from tests.conversations.laters import answers, put_off, verb, wait
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def _assigned(cast, conversation):
    assigning.assign(conversation, to=cast.cem, by=cast.anna, role="admin", now=NOW)


def _closed(cast, conversation):
    closing.close(conversation, author=Author.of_user(cast.anna), role="admin", now=NOW)


def _locked(cast, conversation):
    _closed(cast, conversation)
    closing.lock_old(now=NOW + timedelta(days=101))


def _without_role(cast, conversation):
    InboxMembership.objects.filter(user=cast.ben).delete()


def _gone(cast, conversation):
    Membership.objects.filter(user=cast.ben).update(state="deactivated")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_assigned, "assigned:Cem Aydın"),
        (_closed, "closed"),
        (_locked, "locked"),
        (_without_role, "assigned"),
        (_gone, "gone"),
    ],
)
def test_it_becomes_a_draft_again(cast, accepted, settle, frames, django_capture_on_commit_callbacks, happens, why):
    """Right lost, closed, given to somebody else: never sent, never lost, and its author is told why."""
    row = put_off(cast, accepted)
    happens(cast, accepted)
    with django_capture_on_commit_callbacks(execute=True):
        settle(row.due_at)
    row.refresh_from_db()
    assert row.state == "returned"
    if happens is not _without_role:
        assert row.why == why
    assert answers(accepted) == []
    assert Draft.objects.get(user=cast.ben).body == "Yes, it can."
    told = [frame for frame in frames if frame["k"] == "returned"]
    assert [(frame["g"], frame["d"]["id"]) for frame in told] == [(f"member.{cast.ben.public_id}", str(row.client_id))]
    if happens is _assigned:
        page = signed_in(cast.ben).get(f"/conversations/{accepted.public_id}/").content.decode()
        assert "Cem Aydın answers here now." in page
        assert (
            "Not sent; it is a draft again."
            not in signed_in(cast.cem).get(f"/conversations/{accepted.public_id}/").content.decode()
        )
        assert verb(signed_in(cast.ben), accepted, row, "delete").status_code == 200
        assert Draft.objects.get(user=cast.ben).body == "Yes, it can."


def test_a_closed_conversation_that_was_closed_before_is_opened(cast, accepted, settle):
    """The foot of the composer said so: writing to it opens it again."""
    _closed(cast, accepted)
    row = put_off(cast, accepted)
    settle(row.due_at)
    assert answers(accepted) == ["Yes, it can."]
    accepted.head.refresh_from_db()
    assert accepted.head.status == "open"


@pytest.mark.parametrize("user", ["cem", "udo", "anna"])
def test_who_may_not_answer_puts_nothing_off(cast, accepted, user):
    """INV-05: refused at once, not only when its time has come."""
    answer = wait(signed_in(getattr(cast, user)), accepted)
    assert answer.status_code in ({404} if user == "udo" else {403, 409})
    assert not Later.objects.exists()


def test_locked_takes_nothing(cast, accepted):
    _locked(cast, accepted)
    assert wait(signed_in(cast.ben), accepted).status_code == 409
    assert wait(signed_in(cast.ben), accepted, kind="internal", when="hour").status_code == 409
