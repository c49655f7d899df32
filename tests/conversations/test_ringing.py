"""The ring's stories with the clock passed in: E-07 … E-10, M-33 … M-44, INV-04, R-12."""

from __future__ import annotations

import pytest

from channels_app.actions.channels import pause_channel
from channels_app.models import InboxMembership
from companies.actions.members import deactivate_member, set_availability
from companies.models import Membership
from conversations.actions import assigning, reading, ringing
from conversations.actions.careful import Held
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Offer
from conversations.selectors.offers import ring_log
from events import presence
from tests.cast import make_channel, make_inbox, make_user, make_visitor, write
from tests.conversations.rings import answer, at, head_of, holder_of

pytestmark = pytest.mark.django_db


# --- E-07 ------------------------------------------------------------------------------------------------
def test_one_member_at_a_time_and_on_in_time(cast, request_, settle):
    """10 s each: not at 9.999, at 10 exactly; three members in turn (M-35, M-37, M-38)."""
    first = holder_of(request_)
    settle(at(9.999))
    assert holder_of(request_) == first
    settle(at(10))
    second = holder_of(request_)
    assert second not in {None, first}
    settle(at(19.999))
    assert holder_of(request_) == second
    settle(at(20))
    assert {first, second, holder_of(request_)} == {cast.ben, cast.cem, cast.dora}
    assert [o.state for o in ring_log(request_)] == ["timed_out", "timed_out", "pending"]


def test_a_late_worker_gives_the_next_member_the_whole_time(cast, request_, settle):
    """Settled 2 s late: the colleague's time begins then, nobody is skipped (N … N+2 s)."""
    settle(at(12))
    offer = Offer.objects.get(conversation=request_, state="pending")
    assert (offer.offered_at, offer.expires_at) == (at(12), at(22))
    settle(at(21))
    assert Offer.objects.get(conversation=request_, state="pending").pk == offer.pk


def test_after_a_long_stand_still_only_one_step_is_made_at_once(cast, request_, settle):
    """A day without a worker: one escalation at the restart, the next member has their full time (R-07)."""
    settle(at(86_400))
    assert len(ring_log(request_)) == 2
    assert head_of(request_).routing == "ringing"


def test_opening_the_offer_is_no_reaction(cast, request_, settle):
    """Ben reads it and does nothing: it moves on all the same (A-03)."""
    holder = holder_of(request_)
    reading.mark_seen(request_, viewer=cast.member(holder), seq=1, now=at(3))
    settle(at(10))
    assert holder_of(request_) not in {None, holder}


def test_a_new_escalation_time_counts_from_the_next_offer(cast, request_, settle):
    """20 s set while one rings with 10 s (M-37)."""
    cast.support.escalate_after_s = 20
    cast.support.save()
    settle(at(10))
    second = holder_of(request_)
    settle(at(29.9))
    assert holder_of(request_) == second
    settle(at(30))
    assert holder_of(request_) not in {None, second}


def test_further_messages_belong_to_the_same_offer(cast, request_, settle):
    """The clock is not restarted (model.md §4.2)."""
    holder = holder_of(request_)
    post_message(
        request_,
        author=Author.of_visitor(request_.visitor),
        body="Hello?",
        client_id=request_.public_id,
        via="widget",
        now=at(8),
    )
    assert holder_of(request_) == holder
    settle(at(10))
    assert holder_of(request_) not in {None, holder}


# --- E-08 ------------------------------------------------------------------------------------------------
def test_no_time_passes_it_on_at_once(cast, request_):
    """No waiting for the clock; the log says who declined."""
    holder = holder_of(request_)
    ringing.decline(request_, user=holder, now=at(1))
    following = Offer.objects.get(conversation=request_, state="pending")
    assert following.user != holder
    assert following.offered_at == at(1)
    assert [o.state for o in ring_log(request_)] == ["declined", "pending"]


def test_accepting_ends_the_ring(cast, request_, settle):
    """Assigned to the holder, and nothing escalates any more; the conversation is followed (M-36)."""
    holder = holder_of(request_)
    head = ringing.accept(request_, user=holder, now=at(4))
    assert (head.routing, head.assignee) == ("assigned", holder)
    for seconds in (10, 20, 30, 300):
        settle(at(seconds))
    assert head_of(request_).assignee == holder
    assert len(ring_log(request_)) == 1
    assert request_.participants.get(user=holder).following
    assert ringing.accept(request_, user=holder, now=at(5)).assignee == holder, "pressed twice is no error"


def test_only_the_holder_can_accept_or_decline(cast, request_):
    """INV-04; the others read where it is."""
    holder = holder_of(request_)
    other = next(user for user in (cast.ben, cast.cem, cast.dora) if user != holder)
    for act in (ringing.accept, ringing.decline):
        with pytest.raises(Conflict, match=f"ringing:{holder.full_name}"):
            act(request_, user=other, now=at(1))
    ringing.accept(request_, user=holder, now=at(2))
    for act in (ringing.accept, ringing.decline):
        with pytest.raises(Conflict, match=f"assigned:{holder.full_name}"):
            act(request_, user=other, now=at(3))


def test_the_holder_s_first_reply_accepts(cast, request_, settle):
    """By the application or by mail (M-36, A-23)."""
    holder = holder_of(request_)
    answer(request_, holder, now=at(6), via="email")
    settle(at(10))
    assert head_of(request_).assignee == holder
    assert [o.state for o in ring_log(request_)] == ["accepted"]


def test_an_answer_that_is_held_accepts_nothing(cast, request_):
    """A colleague answered what the holder has not seen yet: it rings on until the holder sends all the same."""
    first = holder_of(request_)
    answer(request_, first, now=at(1))
    ringing.ring_again(request_, by=cast.anna, now=at(2))
    second = holder_of(request_)
    assert second != first
    with pytest.raises(Held, match="answered_meanwhile"):
        answer(request_, second, now=at(3), seen_seq=1)
    assert (head_of(request_).routing, holder_of(request_)) == ("ringing", second)
    assert answer(request_, second, now=at(4), seen_seq=2).created
    assert head_of(request_).assignee == second


def test_an_answer_after_the_offer_moved_on_is_refused(cast, request_, settle):
    """Whose offer is over may not answer; the next holder may (G-14, G-15, S-12)."""
    first = holder_of(request_)
    settle(at(10))
    with pytest.raises(NotAllowed, match="ringing:"):
        answer(request_, first, now=at(11))
    assert request_.messages.count() == 1
    answer(request_, holder_of(request_), now=at(12))
    with pytest.raises(NotAllowed, match="assigned:"):
        answer(request_, first, now=at(13))


# --- E-09 ------------------------------------------------------------------------------------------------
def test_two_members_two_rounds_then_unassigned(cast, settle):
    """Four offers 5 s apart, then Unassigned; the managers are told, nobody else (A-04)."""
    inbox = make_inbox(cast.nordlicht, "Sales", cast.ben, cast.cem)
    channel = make_channel(inbox, "Sales", cast.ben, cast.cem, escalate_after_s=5, max_rounds=2)
    conversation = write(make_visitor(cast.nordlicht), channel)
    for seconds in (5, 10, 15):
        settle(at(seconds))
        assert head_of(conversation).routing == "ringing"
    settle(at(20))
    assert head_of(conversation).routing == "unclaimed"
    log = ring_log(conversation)
    assert [o.round for o in log] == [1, 1, 2, 2]
    assert [o.user for o in log] == [cast.ben, cast.cem] * 2


def test_a_single_member_then_unassigned(cast, settle):
    """No colleague to go to."""
    channel = make_channel(cast.inbox, "Alone", cast.ben, escalate_after_s=5)
    conversation = write(make_visitor(cast.nordlicht), channel)
    settle(at(5))
    assert head_of(conversation).routing == "unclaimed"
    assert len(ring_log(conversation)) == 1


def test_nobody_available_is_unassigned_at_once(cast):
    """Everybody away: no offer at all (model.md §4.2)."""
    Membership.objects.filter(user__in=[cast.ben, cast.cem, cast.dora]).update(available=False)
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assert head_of(conversation).routing == "unclaimed"
    assert ring_log(conversation) == []


# --- E-10 ------------------------------------------------------------------------------------------------
def test_three_visitors_three_members_then_without_ben(cast):
    """Rotation; “away” takes a member out (M-34, M-44)."""
    first = []
    for second in range(6):
        if second == 3:
            set_availability(cast.member(cast.ben), available=False, now=at(second))
        conversation = write(make_visitor(cast.nordlicht), cast.support, now=at(second))
        first.append(holder_of(conversation))
        ringing.accept(conversation, user=first[-1], now=at(second))
    assert set(first[:3]) == {cast.ben, cast.cem, cast.dora}
    assert set(first[3:]) == {cast.cem, cast.dora}


def test_who_has_a_page_open_is_asked_first(cast, clean_valkey):
    """Online before offline (model.md §4.2)."""
    presence.touch(cast.dora.pk)
    assert holder_of(write(make_visitor(cast.nordlicht), cast.support)) == cast.dora


def test_fixed_order_always_begins_at_the_top(cast, clean_valkey):
    """A channel with order “fixed”."""
    cast.support.order = "fixed"
    cast.support.save()
    for second in range(3):
        conversation = write(make_visitor(cast.nordlicht), cast.support, now=at(second))
        assert holder_of(conversation) == cast.ben
        ringing.accept(conversation, user=cast.ben, now=at(second))


# --- people who leave ------------------------------------------------------------------------------------
def test_going_away_moves_the_offer_on(cast, request_, react, settle):
    """What rings at somebody who switches to “away” rings at the next one within a second (E-10)."""
    holder = holder_of(request_)
    set_availability(cast.member(holder), available=False, now=at(2))
    react()
    settle(at(2))
    assert holder_of(request_) not in {None, holder}
    assert [(o.state, o.reason) for o in ring_log(request_)] == [("withdrawn", "away"), ("pending", "")]


def test_away_and_back_before_anybody_looked_keeps_the_offer(cast, request_, react, settle):
    """Pressed by mistake."""
    holder = holder_of(request_)
    set_availability(cast.member(holder), available=False, now=at(2))
    set_availability(cast.member(holder), available=True, now=at(2))
    react()
    settle(at(2))
    assert holder_of(request_) == holder


def test_deactivating_a_member_passes_on_what_they_hold(cast, request_, react, settle):
    """Offers move on, assigned conversations become unassigned (INV-20, model.md §4.2)."""
    mine = write(make_visitor(cast.nordlicht), cast.support)
    assignee = holder_of(mine)
    ringing.accept(mine, user=assignee, now=at(1))
    ringing_there = write(make_visitor(cast.nordlicht), cast.support, now=at(1))
    while holder_of(ringing_there) != assignee:
        ringing.decline(ringing_there, user=holder_of(ringing_there), now=at(2))
    deactivate_member(cast.member(assignee), by="user:1", now=at(3))
    react()
    settle(at(3))
    assert head_of(mine).routing == "unclaimed"
    assert holder_of(ringing_there) != assignee
    assert not Offer.objects.filter(user=assignee, state="pending").exists()


def test_who_works_in_the_inbox_no_longer_is_not_asked(cast):
    """A place in the line is not enough: one could accept and then not answer (M-33)."""
    InboxMembership.objects.filter(user__in=[cast.ben, cast.cem]).delete()
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assert holder_of(conversation) == cast.dora


def test_a_request_is_never_offered_to_members_of_another_channel(cast, settle):
    """Two channels, two groups (M-40, M-41)."""
    sales = make_channel(cast.inbox, "Sales", cast.dora, cast.ben, escalate_after_s=10)
    conversation = write(make_visitor(cast.nordlicht), sales)
    seen = set()
    for seconds in range(10, 90, 10):
        seen.add(holder_of(conversation))
        settle(at(seconds))
    assert seen - {None} == {cast.dora, cast.ben}


# --- managers --------------------------------------------------------------------------------------------
def test_a_manager_assigns_while_it_rings(cast, request_, settle):
    """The offer is withdrawn, nothing escalates (model.md §4.2)."""
    assigning.assign(request_, to=cast.dora, by=cast.anna, role="admin", now=at(3))
    settle(at(10))
    assert head_of(request_).assignee == cast.dora
    assert [(o.state, o.reason) for o in ring_log(request_)] == [("withdrawn", "assigned")]


def test_a_colleague_cannot_take_what_rings_elsewhere(cast, request_):
    """“Assign to me” works only on what nobody holds (G-14)."""
    other = next(user for user in (cast.ben, cast.cem, cast.dora) if user != holder_of(request_))
    with pytest.raises(Conflict, match="ringing:"):
        assigning.assign(request_, to=other, by=other, role="team_member", now=at(1))
    with pytest.raises(NotAllowed):
        assigning.assign(request_, to=cast.cem, by=cast.ben, role="team_member", now=at(1))


def test_nobody_is_assigned_who_works_elsewhere(cast, request_):
    """Neither another company's people nor colleagues without a role there."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    for outsider in (cast.udo, eva):
        with pytest.raises(NotAllowed):
            assigning.assign(request_, to=outsider, by=cast.anna, role="admin", now=at(1))


def test_ringing_again_is_a_new_ring(cast, request_, settle):
    """From unassigned: everybody may be asked anew; from ringing it is refused."""
    with pytest.raises(Conflict):
        ringing.ring_again(request_, by=cast.anna, now=at(1))
    for seconds in range(10, 100, 10):
        settle(at(seconds))
    assert head_of(request_).routing == "unclaimed"
    ringing.ring_again(request_, by=cast.anna, now=at(200))
    assert {o.ring for o in ring_log(request_)} == {1, 2}
    assert holder_of(request_) is not None


def test_ringing_again_where_nothing_rings_is_refused(cast, request_):
    """No channel, a channel without ring, a paused one: 403."""
    assigning.assign(request_, to=cast.dora, by=cast.anna, role="admin", now=at(3))
    pause_channel(cast.support, by="user:1", now=at(4))
    with pytest.raises(NotAllowed):
        ringing.ring_again(request_, by=cast.anna, now=at(5))
    assert head_of(request_).assignee == cast.dora
