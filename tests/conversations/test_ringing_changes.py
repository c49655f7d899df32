"""What changes around a ring: closing, opening hours, the channel, and who hears of it (M-39, M-42, E-10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from channels_app import events as channel_events
from channels_app.actions.channels import pause_channel, remove_member
from channels_app.models import Holiday, InboxMembership, OpeningHours
from companies.actions.members import deactivate_member
from companies.models import Membership
from conversations.actions import assigning, bulk, closing, ringing
from conversations.actions.locking import NotAllowed
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import Offer
from conversations.selectors.folders import Folder, heads_in
from conversations.selectors.offers import offers_to, ring_log
from conversations.selectors.scope import scope_for
from events import groups
from events.models import Due
from events.publish import unit
from notifications.models import Notice
from tests.cast import make_user, make_visitor, write
from tests.conversations.rings import answer, at, head_of, holder_of

pytestmark = pytest.mark.django_db


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


def test_what_rang_when_it_was_closed_rings_again(
    cast, request_, settle, react, frames, django_capture_on_commit_callbacks
):
    """Reopened by a manager: the former assignee first, the others' lists leave it; with its own deadline."""
    former = holder_of(request_)
    ringing.accept(request_, user=former, now=at(1))
    ringing.ring_again(request_, by=cast.anna, now=at(2))
    closing.close(request_, author=Author.of_user(cast.anna), role="admin", now=at(3))
    settle(at(100))
    for second in range(3):  # the rotation would begin with somebody else
        write(make_visitor(cast.nordlicht), cast.support, now=at(101 + second))
    with django_capture_on_commit_callbacks(execute=True):
        closing.reopen(request_, author=Author.of_user(cast.anna), role="admin", now=at(110))
    assert (head_of(request_).routing, holder_of(request_)) == ("ringing", former)
    assert "row_hidden" in told(frames, groups.inbox(cast.inbox.public_id))
    settle(at(120))
    assert holder_of(request_) not in {None, former}


def test_what_waited_when_it_was_closed_waits_or_rings_again(cast, settle):
    """Closed before the channel opened, reopened before and after that."""
    hours(cast.support, 9, 17)
    evening, morning = datetime(2026, 11, 23, 21, tzinfo=UTC), datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    requests = [write(make_visitor(cast.nordlicht), cast.support, now=evening) for _ in range(2)]
    anna = {"author": Author.of_user(cast.anna), "role": "admin"}
    for request in requests:
        closing.close(request, now=evening, **anna)
    assert closing.reopen(requests[0], now=evening, **anna).routing == "waiting"
    settle(morning)
    assert head_of(requests[0]).routing == "ringing"
    assert closing.reopen(requests[1], now=morning, **anna).routing == "ringing"


def test_what_rang_and_finds_nobody_is_told_to_the_managers(cast, request_, react):
    """Everybody is away: unassigned, as after any ring; what nobody had before is left as it was, in silence."""
    anna = {"author": Author.of_user(cast.anna), "role": "admin"}
    closing.close(request_, now=at(1), **anna)
    react()
    Membership.objects.filter(company=cast.nordlicht).exclude(user=cast.anna).update(available=False)
    assert closing.reopen(request_, now=at(2), **anna).routing == "unclaimed"
    react()
    assert Notice.objects.filter(conversation=request_, user=cast.anna, seen_at=None).exists()
    before = Offer.objects.count()
    closing.close(request_, now=at(3), **anna)
    Membership.objects.update(available=True)
    assert closing.reopen(request_, now=at(4), **anna).routing == "unclaimed"
    assert Offer.objects.count() == before


def test_undo_of_many_closed_at_once_rings_again(cast, request_, begin):
    """As by hand."""
    run = begin(cast.anna, "close", request_)
    bulk.undo(cast.member(cast.anna), run, now=at(5))
    assert head_of(request_).routing == "ringing"
    assert holder_of(request_) is not None


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
