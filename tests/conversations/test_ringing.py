"""The ring's stories with the clock passed in: E-07 … E-10, M-33 … M-44, INV-04, R-12."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from django.db import connection

from channels_app import events as channel_events
from channels_app.actions.channels import pause_channel, remove_member
from channels_app.models import ChannelMember, Holiday, InboxMembership, OpeningHours
from companies.actions.members import deactivate_member, set_availability
from companies.models import Membership
from conversations.actions import assigning, closing, reading, ringing
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import ConversationHead, Offer
from conversations.selectors.folders import Folder, heads_in
from conversations.selectors.offers import offers_to, ring_log
from conversations.selectors.scope import scope_for
from events import due, groups, presence
from events.models import Due
from events.publish import unit
from tests.cast import NOW, make_cast, make_channel, make_inbox, make_user, make_visitor, write

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def head_of(conversation) -> ConversationHead:
    return ConversationHead.objects.select_related("assignee", "inbox").get(pk=conversation.pk)


def holder_of(conversation):
    """Who holds the offer now; None when nobody does."""
    offer = Offer.objects.filter(conversation=conversation, state="pending").select_related("user").first()
    return offer.user if offer else None


def answer(conversation, user, *, now, role="team_member", body="Gladly.", **fields):
    return post_message(
        conversation,
        author=Author.of_user(user),
        body=body,
        client_id=fields.pop("client_id", None) or uuid.uuid4(),
        via=fields.pop("via", "app"),
        role=role,
        may_post=True,
        now=now,
        **fields,
    )


@pytest.fixture
def request_(cast):
    """A visitor's message to Support at second 0."""
    return write(make_visitor(cast.nordlicht), cast.support)


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


# --- closing and reopening ---------------------------------------------------------------------------------
def test_closing_ends_the_ring(cast, request_, settle):
    """Withdrawn; the clock finds nothing to do."""
    closing.close(request_, author=Author.of_user(cast.anna), role="admin", now=at(3))
    settle(at(10))
    assert head_of(request_).routing == "unclaimed"
    assert [(o.state, o.reason) for o in ring_log(request_)] == [("withdrawn", "closed")]


def test_the_customer_s_next_message_rings_at_the_former_assignee_first(cast, request_):
    """Reopened (model.md §4.1)."""
    for _ in range(2):
        ringing.decline(request_, user=holder_of(request_), now=at(1))
    former = holder_of(request_)
    ringing.accept(request_, user=former, now=at(2))
    closing.close(request_, author=Author.of_user(former), role="team_member", now=at(3))
    for second in range(3):  # the rotation would begin with somebody else
        write(make_visitor(cast.nordlicht), cast.support, now=at(4 + second))
    post_message(
        request_,
        author=Author.of_visitor(request_.visitor),
        body="One more thing",
        client_id=request_.public_id,
        via="widget",
        now=at(60),
    )
    assert head_of(request_).status == "open"
    assert holder_of(request_) == former


def test_an_assignee_who_left_meanwhile_does_not_come_back_with_the_conversation(cast, request_, react, settle):
    """Reopened by a manager after the assignee was deactivated: unassigned, the managers hear of it."""
    former = holder_of(request_)
    ringing.accept(request_, user=former, now=at(1))
    closing.close(request_, author=Author.of_user(former), role="team_member", now=at(2))
    deactivate_member(cast.member(former), by="user:1", now=at(3))
    react()
    settle(at(3))
    head = closing.reopen(request_, author=Author.of_user(cast.anna), role="admin", now=at(4))
    assert (head.routing, head.assignee) == ("unclaimed", None)
    assert head_of(request_).last_assignee_id == former.pk


def test_what_was_closed_in_one_mode_comes_back_in_the_other(cast, request_):
    """INV-05, INV-06: closed while assigned, the inbox switches to open mode; and the other way round."""
    anna = Author.of_user(cast.anna)
    ringing.accept(request_, user=holder_of(request_), now=at(1))
    closing.close(request_, author=anna, role="admin", now=at(2))
    assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=at(3))
    closing.reopen(request_, author=anna, role="admin", now=at(4))
    assert (head_of(request_).routing, head_of(request_).assignee) == ("open", None)
    closing.close(request_, author=anna, role="admin", now=at(5))
    assigning.switch_mode(cast.inbox, assignment=True, by=SYSTEM, now=at(6))
    with pytest.raises(NotAllowed):  # the old mode would have let Dora answer
        answer(request_, cast.dora, now=at(7))
    closing.reopen(request_, author=anna, role="admin", now=at(8))
    assert head_of(request_).routing == "unclaimed"


# --- opening hours ------------------------------------------------------------------------------------------
def hours(channel, opens: int, closes: int) -> None:
    OpeningHours.objects.bulk_create(
        OpeningHours(channel=channel, weekday=day, opens=time(opens), closes=time(closes)) for day in range(7)
    )


def test_outside_the_hours_it_waits_and_rings_when_the_channel_opens(cast, settle, react):
    """Nobody is alerted at night; at nine it rings (model.md §4.2)."""
    hours(cast.support, 9, 17)
    night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    conversation = write(make_visitor(cast.nordlicht), cast.support, now=night)
    react()
    assert head_of(conversation).routing == "waiting"
    opening = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert Due.objects.get(kind="opening").due_at == opening
    settle(opening - timedelta(seconds=1))
    assert head_of(conversation).routing == "waiting"
    settle(opening)
    assert holder_of(conversation) is not None


def test_the_hours_end_in_the_middle_of_a_ring(cast, settle):
    """Nobody is asked after five; it goes on next morning."""
    hours(cast.support, 9, 17)
    late = datetime(2026, 11, 23, 15, 59, 55, tzinfo=UTC)
    conversation = write(make_visitor(cast.nordlicht), cast.support, now=late)
    assert head_of(conversation).routing == "ringing"
    settle(late + timedelta(seconds=10))
    assert head_of(conversation).routing == "waiting"
    settle(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert head_of(conversation).routing == "ringing"


def test_longer_hours_count_for_what_waits_already(cast, settle, react):
    """The deadline is looked at again when the hours change."""
    hours(cast.support, 9, 17)
    night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    conversation = write(make_visitor(cast.nordlicht), cast.support, now=night)
    cast.support.hours.all().delete()
    with unit():
        channel_events.channel_changed(cast.support, "channel.hours", by="user:1", now=night)
    react()
    settle(night)
    assert head_of(conversation).routing == "ringing"


def test_holidays_without_end_do_not_swallow_a_request(cast):
    """Nobody rings outside the hours; with no opening in sight the managers get it."""
    day = date(2026, 11, 23)
    Holiday.objects.bulk_create(
        Holiday(channel=cast.support, date=day + timedelta(days=n), name="closed") for n in range(450)
    )
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assert head_of(conversation).routing == "unclaimed"


# --- the channel changes ------------------------------------------------------------------------------------
def test_a_paused_channel_rings_nobody(cast, request_, react, settle):
    """What rings there becomes unassigned; new requests are unassigned at once (M-31)."""
    pause_channel(cast.support, by="user:1", now=at(2))
    react()
    settle(at(2))
    assert head_of(request_).routing == "unclaimed"
    assert head_of(write(make_visitor(cast.nordlicht), cast.support, now=at(3))).routing == "unclaimed"


def test_whoever_is_taken_out_of_the_line_loses_the_offer(cast, request_, react, settle):
    """Only members of the channel are asked (M-33)."""
    holder = holder_of(request_)
    remove_member(cast.support, user_id=holder.pk, by="user:1", now=at(2))
    react()
    settle(at(2))
    assert holder_of(request_) not in {None, holder}


def test_switching_assignment_off_and_on(cast, request_):
    """Offers withdrawn, assignees cleared; back on: unassigned (A-01, INV-06)."""
    mine = write(make_visitor(cast.nordlicht), cast.support, now=at(1))
    ringing.accept(mine, user=holder_of(mine), now=at(2))
    assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=at(3))
    for conversation in (request_, mine):
        assert (head_of(conversation).routing, head_of(conversation).assignee) == ("open", None)
    assert not Offer.objects.filter(state="pending").exists()
    assert head_of(write(make_visitor(cast.nordlicht), cast.support, now=at(4))).routing == "open"
    assigning.switch_mode(cast.inbox, assignment=True, by=SYSTEM, now=at(5))
    assert {head_of(c).routing for c in (request_, mine)} == {"unclaimed"}


# --- who hears what (M-39) ----------------------------------------------------------------------------------
def told(frames, group: str) -> list[str]:
    return [frame["k"] for frame in frames if frame["g"] == group]


def test_only_the_holder_and_the_managers_hear_of_a_ring(cast, frames, django_capture_on_commit_callbacks, settle):
    """Members who do not hold the offer get no frame in any group they listen to; nor does the inbox's group."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    InboxMembership.objects.create(inbox=cast.inbox, user=eva, role="manager")
    with django_capture_on_commit_callbacks(execute=True):
        conversation = write(make_visitor(cast.nordlicht), cast.support)
    holder = holder_of(conversation)
    quiet = [user for user in (cast.ben, cast.cem, cast.dora) if user != holder]
    assert told(frames, groups.member(holder.public_id)) == ["offer", "row"]
    assert told(frames, groups.inbox_managers(cast.inbox.public_id)) == ["row"]
    for group in [groups.inbox(cast.inbox.public_id), *(groups.member(user.public_id) for user in quiet)]:
        assert told(frames, group) == []
    others = {f["g"] for f in frames} - {
        groups.member(holder.public_id),
        groups.inbox_managers(cast.inbox.public_id),
        groups.conversation_team(conversation.public_id),
        groups.conversation_requester(conversation.public_id),
    }
    assert others == set()


def test_the_alert_moves_with_the_offer(cast, frames, django_capture_on_commit_callbacks, settle):
    """At the first member it goes away, at the next it begins; the third hears nothing (M-38, M-39)."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    first = holder_of(conversation)
    with django_capture_on_commit_callbacks(execute=True):
        settle(at(10))
    second = holder_of(conversation)
    third = next(u for u in (cast.ben, cast.cem, cast.dora) if u not in (first, second))
    assert told(frames, groups.member(first.public_id)) == ["offer_ended"]
    assert told(frames, groups.member(second.public_id)) == ["offer", "row"]
    assert told(frames, groups.member(third.public_id)) == []
    assert told(frames, groups.inbox(cast.inbox.public_id)) == []
    offer = next(frame for frame in frames if frame["k"] == "offer")["d"]
    assert (offer["expires_at"], offer["seconds"]) == (at(20).isoformat(), 10)


def test_accepted_is_shown_to_the_whole_inbox(cast, frames, django_capture_on_commit_callbacks):
    """“Assigned to Cem” for all inbox members; the visitor learns who answers (E-08)."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    holder = holder_of(conversation)
    with django_capture_on_commit_callbacks(execute=True):
        ringing.accept(conversation, user=holder, now=at(2))
    row = next(f for f in frames if f["g"] == groups.inbox(cast.inbox.public_id) and f["k"] == "row")
    assert row["d"]["assignee"]["name"] == holder.full_name
    state = next(f for f in frames if f["g"] == groups.conversation_requester(conversation.public_id))
    assert (state["d"]["routing"], state["d"]["holder"]["name"]) == ("answered", holder.full_name)


def test_a_ring_shows_in_no_list_of_the_others(cast, request_):
    """The list is as quiet as the frames; the holder and managers have it, the others only once it is unassigned."""
    holder = holder_of(request_)
    folder = Folder("open", cast.inbox)
    for user in (cast.ben, cast.cem, cast.dora, cast.anna):
        rows = heads_in(scope_for(cast.member(user)), folder).values_list("pk", flat=True)
        assert (request_.pk in rows) is (user in {holder, cast.anna})
    assert [o.conversation_id for o in offers_to(holder.pk)] == [request_.pk]


def test_a_reopened_request_leaves_the_list_of_the_others_again(
    cast, request_, frames, django_capture_on_commit_callbacks
):
    """It stood in everybody's “closed”; now it rings at one."""
    closing.close(request_, author=Author.of_user(cast.anna), role="admin", now=at(1))
    with django_capture_on_commit_callbacks(execute=True):
        post_message(
            request_,
            author=Author.of_visitor(request_.visitor),
            body="Still there?",
            client_id=request_.public_id,
            via="widget",
            now=at(2),
        )
    assert told(frames, groups.inbox(cast.inbox.public_id)) == ["row_hidden"]


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


def in_threads(*jobs) -> list:
    """Run the jobs at the same moment, each on a connection of its own; their results or exceptions."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job) -> None:
        try:
            gate.wait(timeout=10)
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


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
