"""Merge two requests of one person: one stays open, the other is closed and leads there; undone within the hour.

Nothing of the closed one is rewritten: its messages, their order, files, marks and reply addresses stay as they are and
are shown folded in the other. What its requester writes to it goes into the other (actions/posting.py).
"""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime

from channels_app.models import Inbox
from companies.models import Membership
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import Conflict, NotAllowed, lock_heads, lock_offer
from conversations.actions.moving import rehouse, reseat
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Merge, Offer, Participant
from conversations.models.head import ROUTING_FIELDS
from conversations.selectors.history import UNDO_WITHIN
from conversations.selectors.merged import may_merge, same_requester
from conversations.selectors.requests import guest_seats
from events import due
from events.publish import unit

Routing = ConversationHead.Routing
_STATE = ("status", "closed_by", "routing", "last_assignee_id", "snoozer_id")
_MOMENTS = ("closed_at", "snoozed_at", "snoozed_until")


def merge(
    source: Conversation, target: Conversation, *, by: Membership, roles_in: tuple[str, str], now: datetime
) -> None:
    """Close `source` and lead it into `target`, which must be open and keeps its assignee; what rings at `source` is
    withdrawn. Both come from conversation_for(by, …); `roles_in` are the member's roles in their inboxes.

    Raises Conflict (not the same person, closed, locked, merged already, different customers added), NotAllowed.
    """
    with unit():
        beside = Conversation.objects.filter(about=source.pk).values_list("pk", flat=True)
        heads = lock_heads({source.pk, target.pk, *beside})
        one, other = heads[source.pk], heads[target.pk]
        _require(one, other, by, roles_in)
        offer = lock_offer(one.pk)
        before = _state_of(one, offer) | {"woke": _woken(one, other)}
        if offer is not None:
            ringing.end_offer(offer, Offer.State.WITHDRAWN, conversation=one.conversation, now=now, reason="merged")
        if one.routing in {Routing.RINGING, Routing.WAITING}:
            one.routing = Routing.UNCLAIMED
        one.wake()
        if one.status == one.Status.OPEN:
            one.status, one.closed_at, one.closed_by = one.Status.CLOSED, now, by.user.full_name[:80]
        one.save(update_fields=["status", "closed_at", "closed_by", *ROUTING_FIELDS])
        one.conversation.merged_into = other.conversation
        one.conversation.save(update_fields=["merged_into"])
        before["seats"] = list(rehouse(one, other.inbox, now=now, keep={by.user_id}).items())
        before["followed"] = _follow_along(one, other, now)
        Merge.objects.create(source=one.conversation, target=other.conversation, by=by.user, at=now, before=before)
        facts = {
            "source": str(one.conversation.public_id),
            "number": one.conversation.number,
            "count": one.message_count,
        }
        events.history("conversation.merged", other.conversation, by=Author.of_user(by.user), now=now, **facts)
        _tell(one, other, now)


def _require(one: ConversationHead, other: ConversationHead, by: Membership, roles_in: tuple[str, str]) -> None:
    a, b = one.conversation, other.conversation
    if a.pk == b.pk or not same_requester(a, b):
        raise Conflict("other_person")
    if a.merged_into_id is not None or b.merged_into_id is not None:
        raise Conflict("merged")
    if one.status == one.Status.LOCKED or other.status != other.Status.OPEN:
        raise Conflict("locked" if one.status == one.Status.LOCKED else "merge_closed")
    if _guests(a) != _guests(b):
        raise Conflict("other_guests")
    if not may_merge(one, other, by, roles_in):
        raise NotAllowed("conversation.merge")


def _guests(conversation: Conversation) -> set[int]:
    if not conversation.guest_count:
        return set()
    return set(guest_seats().filter(conversation=conversation).values_list("customer_id", flat=True))


def _state_of(head: ConversationHead, offer: Offer | None) -> dict:
    """What undoing needs, as JSON."""
    state = {name: getattr(head, name) for name in _STATE}
    state |= {name: moment.isoformat() if (moment := getattr(head, name)) else None for name in _MOMENTS}
    return state | {"assignee": head.assignee_id, "inbox": head.inbox_id, "holder": offer.user_id if offer else None}


def _woken(one: ConversationHead, other: ConversationHead) -> dict | None:
    """An open request that is joined to a snoozed one brings it back into sight; what the snooze was."""
    if other.snoozed_at is None or one.status != one.Status.OPEN or one.snoozed_at is not None:
        return None
    was = _state_of(other, None)
    other.wake()
    other.save(update_fields=ROUTING_FIELDS)
    return {name: was[name] for name in ("snoozed_at", "snoozed_until", "snoozer_id")}


def _follow_along(one: ConversationHead, other: ConversationHead, now: datetime) -> list[int]:
    """Who followed the closed one hears of the answers where they arrive; returns whom that is new for."""
    following = Participant.objects.filter(user__isnull=False, following=True, left_at=None)
    there = set(following.filter(conversation_id=other.pk).values_list("user_id", flat=True))
    new = [row.user for row in following.filter(conversation_id=one.pk).select_related("user").order_by("id")]
    new = [user for user in new if user.pk not in there]
    for user in new:
        ringing.follow(other, user, now=now)
    return [user.pk for user in new]


def undo(source: Conversation, *, by: Membership, roles_in: tuple[str, str], now: datetime) -> None:
    """Everything as it was: state, assignee, inbox, who follows. What rang rings again, first where it rang. Messages
    that came meanwhile stay where they came. Raises Conflict (not merged, too late), NotAllowed.
    """
    with unit():
        row = Merge.objects.filter(source=source, undone_at=None).first()
        if row is None or row.at + UNDO_WITHIN < now:
            raise Conflict("too_late" if row else "not_merged")
        beside = Conversation.objects.filter(about=source.pk).values_list("pk", flat=True)
        heads = lock_heads({source.pk, row.target_id, *beside})
        one, other = heads[source.pk], heads[row.target_id]
        if not Merge.objects.filter(pk=row.pk, undone_at=None).update(undone_at=now):
            raise Conflict("not_merged")
        if row.by_id != by.user_id and not may_merge(one, other, by, roles_in):
            raise NotAllowed("conversation.merge")
        one.conversation.merged_into = None
        one.conversation.save(update_fields=["merged_into"])
        _restore(one, row.before, row.at, now)
        _unfollow(other, row.before)
        _snooze_again(other, row.before["woke"], now)
        facts = {"source": str(one.conversation.public_id), "number": one.conversation.number}
        events.history("conversation.unmerged", other.conversation, by=Author.of_user(by.user), now=now, **facts)
        _tell(one, other, now)


def _restore(head: ConversationHead, before: dict, merged_at: datetime, now: datetime) -> None:
    inbox = Inbox.objects.filter(pk=before["inbox"]).first()
    if inbox is not None:
        rehouse(head, inbox, now=now, keep=set())
        reseat(head, dict(before.get("seats", [])), lost_at=merged_at)
    for name in _STATE:
        setattr(head, name, before[name])
    for name in _MOMENTS:
        setattr(head, name, parse_datetime(before[name]) if before[name] else None)
    head.assignee_id = before["assignee"]
    rang = before["routing"] in {Routing.RINGING, Routing.WAITING}
    if rang:
        head.routing, head.assignee = Routing.UNCLAIMED, None
    ringing.fit_mode(head)
    if head.routing not in {Routing.ASSIGNED, Routing.OPEN} or (head.snoozed_until and head.snoozed_until <= now):
        head.wake()
    head.save(update_fields=["status", "closed_at", "closed_by", *ROUTING_FIELDS])
    if head.snoozed_until:
        due.add("snooze", subject_id=head.pk, due_at=head.snoozed_until)
    if rang and head.status == head.Status.OPEN:
        ringing.begin(head, now=now, preferred=before["holder"], after="nobody")


def _unfollow(other: ConversationHead, before: dict) -> None:
    seats = Participant.objects.filter(conversation_id=other.pk, user_id__in=before["followed"])
    seats.exclude(user_id=other.assignee_id).update(following=False)


def _snooze_again(other: ConversationHead, woke: dict | None, now: datetime) -> None:
    """The snooze that the merging ended goes on, unless its time is over or nobody holds it any more."""
    if woke is None or other.snoozed_at is not None or other.routing not in {Routing.ASSIGNED, Routing.OPEN}:
        return
    until = parse_datetime(woke["snoozed_until"]) if woke["snoozed_until"] else None
    if other.status != other.Status.OPEN or (until and until <= now):
        return
    other.snoozed_at, other.snoozed_until = parse_datetime(woke["snoozed_at"]), until
    other.snoozer_id = woke["snoozer_id"]
    other.save(update_fields=ROUTING_FIELDS)
    if until:
        due.add("snooze", subject_id=other.pk, due_at=until)


def _tell(one: ConversationHead, other: ConversationHead, now: datetime) -> None:
    """Every page of both looks again."""
    for head in (one, other):
        ringing.announce(head, now=now)
