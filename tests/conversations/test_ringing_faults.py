"""The ring when workers die, deadlines break and two press at the same moment: R-07, R-12, INV-04."""

from __future__ import annotations

from functools import partial

import pytest

from channels_app.models import ChannelMember
from conversations.actions import assigning, closing, ringing
from conversations.actions.locking import Conflict
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import ConversationHead, Offer
from conversations.selectors.offers import ring_log
from events import due
from events.models import Due
from tests.cast import NOW, make_cast, make_visitor, write
from tests.conversations.rings import at, head_of, holder_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


# --- faults (R-07, R-12) ------------------------------------------------------------------------------------
def test_a_worker_that_dies_in_the_middle_leaves_the_deadline(cast, request_, settle, monkeypatch):
    """Nothing half done; the row comes back and the offer moves on then."""
    holder = holder_of(request_)
    monkeypatch.setattr(ringing, "next_in_line", lambda *a, **k: 1 / 0)
    assert settle(at(10)) == 0
    assert holder_of(request_) == holder, "rolled back"
    row = Due.objects.get(kind="offer")
    assert (row.attempts, row.due_at) == (1, at(15))
    monkeypatch.undo()
    settle(at(14))
    assert holder_of(request_) == holder
    settle(at(15))
    assert holder_of(request_) not in {None, holder}


def test_one_broken_deadline_does_not_hold_up_the_others(cast, request_, settle):
    """An unknown kind is retried by itself, later and later."""
    due.add("nonsense", subject_id=1, due_at=at(1))
    settle(at(10))
    assert len(ring_log(request_)) == 2
    assert Due.objects.get(kind="nonsense").attempts == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_the_same_escalation():
    """One step forward, never two; never two pending (R-12, INV-04)."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    for step in range(1, 6):
        results = in_threads(*[partial(due.settle, at(10 * step))] * 3)
        assert all(isinstance(found, int) for found in results), results
        assert len(ring_log(conversation)) == step + 1
        assert Offer.objects.filter(state="pending").count() == 1
    assert not Due.objects.filter(attempts__gt=0).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_accept_against_the_clock(attempt):
    """Within the same moment at the deadline: exactly one has it, the other reads where it is (E-08)."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    holder = holder_of(conversation)
    accepted, settled = in_threads(
        lambda: ringing.accept(conversation, user=holder, now=at(10)), lambda: due.settle(at(10))
    )
    assert settled == 1
    head = head_of(conversation)
    if isinstance(accepted, Conflict):
        assert str(accepted).startswith("ringing:")
        assert head.routing == "ringing"
        assert holder_of(conversation) != holder
    else:
        assert head.assignee == holder
        assert holder_of(conversation) is None


@pytest.mark.django_db(transaction=True)
def test_first_and_second_holder_press_accept_together():
    """Ben's time is over, Cem has it: whoever is first, exactly one is assigned."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    first = holder_of(conversation)
    due.settle(at(10))
    second = holder_of(conversation)
    results = in_threads(
        lambda: ringing.accept(conversation, user=first, now=at(10)),
        lambda: ringing.accept(conversation, user=second, now=at(10)),
    )
    assert isinstance(results[0], Conflict)
    assert head_of(conversation).assignee == second


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_are_spread(clean_valkey):
    """Three visitors at once, three members: the channel's lock keeps the rotation (M-44)."""
    cast = make_cast()
    visitors = [make_visitor(cast.nordlicht) for _ in range(3)]
    results = in_threads(*[lambda v=v: write(v, cast.support) for v in visitors])
    assert not [found for found in results if isinstance(found, Exception)]
    assert {holder_of(found) for found in results} == {cast.ben, cast.cem, cast.dora}
    assert ChannelMember.objects.filter(last_offered_at=NOW).count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_switching_the_mode_while_requests_begin(attempt):
    """Whatever the order: afterwards nothing rings and nobody is assigned in open mode (INV-06)."""
    cast = make_cast()
    visitors = [make_visitor(cast.nordlicht) for _ in range(3)]
    closed = write(make_visitor(cast.nordlicht), cast.support)
    closing.close(closed, author=Author.of_user(cast.anna), role="admin", now=at(1))

    def reopen() -> None:
        author = Author.of_visitor(closed.visitor)
        post_message(closed, author=author, body="Hi", client_id=closed.public_id, via="widget", now=at(2))

    results = in_threads(
        lambda: assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=at(2)),
        reopen,
        *[lambda v=v: write(v, cast.support, now=at(2)) for v in visitors],
    )
    assert not [found for found in results if isinstance(found, Exception)], results
    assert set(ConversationHead.objects.filter(status="open").values_list("routing", flat=True)) == {"open"}
    assert not Offer.objects.filter(state="pending").exists()
