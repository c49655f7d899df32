"""What a visitor may see: the entrance (topics, hours, who is there), their conversations, their groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Max, Q

from channels_app.models import Channel, Widget
from channels_app.selectors import channels_of_widget, is_open, line_of, next_opening, people_of_inbox
from conversations.events import requester_state
from conversations.models import Conversation, Participant
from conversations.selectors.requests import guests_of, requester_seat
from conversations.selectors.visibility import conversations_of_visitor
from customers.models import Visitor
from customers.selectors import living_tokens
from events import groups, presence
from events.models import Stream

MOST_CONVERSATIONS = 50
_USUAL_OF, _USUAL_WITHIN, _USUAL_FROM = 50, timedelta(days=30), 3


def entrance(widget: Widget, *, now: datetime) -> dict:
    """{"channels": [{"id","name","purpose","open","back_at"}], "available", "minutes", "shares"}: before anybody wrote.

    `available`: a member of an open channel is here now; `minutes`: the usual time to the first answer, or None;
    `shares`: what the team sees while it happens, {"page", "typing"}.
    """
    channels = list(channels_of_widget(widget))
    open_now = [channel for channel in channels if is_open(channel, now)]
    return {
        "channels": [_channel_data(channel, channel in open_now, now) for channel in channels],
        "available": any(_somebody_is_there(channel) for channel in open_now),
        "minutes": _usual_minutes(channels, now),
        "shares": {"page": widget.share_page, "typing": widget.share_typing},
    }


def _channel_data(channel: Channel, is_open_now: bool, now: datetime) -> dict:
    back_at = None if is_open_now else next_opening(channel, now)
    return {
        "id": str(channel.public_id),
        "name": channel.name,
        "purpose": channel.purpose,
        "open": is_open_now,
        "back_at": back_at.isoformat() if back_at else None,
    }


def _somebody_is_there(channel: Channel) -> bool:
    if channel.ring_enabled and channel.inbox.assignment_enabled:
        return any(place.available and place.online for place in line_of(channel))
    people = people_of_inbox(channel.inbox).filter(available=True)
    return bool(presence.online(people.values_list("user_id", flat=True)))


def _usual_minutes(channels: Iterable[Channel], now: datetime) -> int | None:
    answered = (
        Conversation.objects.filter(channel__in=channels, created_at__gt=now - _USUAL_WITHIN)
        .filter(head__first_reply_at__isnull=False)
        .order_by("-created_at")
        .values_list("created_at", "head__first_reply_at")[:_USUAL_OF]
    )
    waits = [(reply - start).total_seconds() for start, reply in answered]
    return max(1, round(median(waits) / 60)) if len(waits) >= _USUAL_FROM else None


def conversations_data(visitor: Visitor, *, now: datetime) -> list[dict]:
    """The visitor's conversations, latest activity first (N-10)."""
    found = list(conversations_of_visitor(visitor)[:MOST_CONVERSATIONS])
    marks = read_marks(found)
    return [conversation_data(conversation, visitor, now=now, marks=marks) for conversation in found]


def conversation_data(
    conversation: Conversation, visitor: Visitor, *, now: datetime, marks: dict[tuple[int, str], int] | None = None
) -> dict:
    """One conversation as the frame keeps it: requester_state(), how far both sides have read, and, when several
    customers take part, `mine`: the authors who are this visitor, and the names of the other people.
    """
    head = conversation.head
    since = requester_seat(visitor, conversation) or 0
    told = head.last_seq > since
    marks = read_marks([conversation]) if marks is None else marks
    read = marks.get((conversation.pk, Participant.Side.REQUESTER), 0)
    if conversation.guest_count:
        read = _own_read(conversation, visitor)
    return requester_state(conversation, head, now=now) | {
        "channel": conversation.channel.name if conversation.channel else "",
        "subject": conversation.subject,
        "preview": head.preview if told else "",
        "by": head.preview_author if told else "",
        "own": head.preview_author == (visitor.label if conversation.guest_count else conversation.requester_label),
        "at": head.last_activity.isoformat(),
        "seq": head.last_seq,
        "changes": head.changes,
        "read": max(read, since),
        "team_read": marks.get((conversation.pk, Participant.Side.TEAM), 0),
        **_company_of(conversation, visitor),
    }


def _own_read(conversation: Conversation, visitor: Visitor) -> int:
    """How far the visitor has read, where several customers do."""
    mine = Q(visitor=visitor) | Q(customer=visitor.customer_id if visitor.verified else None)
    rows = Participant.objects.filter(mine, conversation=conversation)
    return max(rows.values_list("last_read_seq", flat=True), default=0)


def _company_of(conversation: Conversation, visitor: Visitor) -> dict:
    """Who else reads it; nothing when the visitor is alone with the team."""
    if not conversation.guest_count:
        return {"mine": None, "people": []}
    mine = {str(visitor.public_id)}
    customer = visitor.customer if visitor.verified else None
    if customer is not None:
        mine |= {str(customer.public_id)}
        mine |= {str(pk) for pk in customer.visitors.filter(verified=True).values_list("public_id", flat=True)}
    first = conversation.visitor or conversation.customer
    people = [first, *guests_of(conversation)] if first is not None else guests_of(conversation)
    others = [one for one in people if str(one.public_id) not in mine]
    return {"mine": sorted(mine), "people": [one.label for one in others]}


def read_marks(conversations: Iterable[Conversation]) -> dict[tuple[int, str], int]:
    """(conversation, side) → the furthest that somebody of that side has read."""
    rows = Participant.objects.filter(conversation__in=[conversation.pk for conversation in conversations])
    return {
        (pk, side): seq
        for pk, side, seq in rows.order_by().values_list("conversation_id", "side").annotate(Max("last_read_seq"))
    }


def groups_of(visitor: Visitor) -> set[str]:
    """What the visitor's socket hears: their own group and the requester's side of their conversations."""
    own = conversations_of_visitor(visitor).values_list("public_id", flat=True)[:MOST_CONVERSATIONS]
    return {groups.visitor(visitor.public_id), *map(groups.conversation_requester, own)}


def versions_of(names: Iterable[str]) -> dict[str, int]:
    """Group → version of its state; 0 for one that never had a frame."""
    wanted = list(names)
    known = dict(Stream.objects.filter(name__in=wanted).values_list("name", "version"))
    return {name: known.get(name, 0) for name in wanted}


def widget_of(visitor: Visitor) -> Widget | None:
    """The widget through which this visitor writes, while it is switched on."""
    return Widget.objects.filter(public_key=visitor.widget_key, active=True).first()


def living_sessions(visitor_ids: list[int]) -> dict[int, str]:
    """Visitor's primary key → hash of their token, for those whose widget is still switched on."""
    living = living_tokens(visitor_ids)
    keys = {key for _, key in living.values()}
    active = set(Widget.objects.filter(public_key__in=keys, active=True).values_list("public_key", flat=True))
    return {pk: digest for pk, (digest, key) in living.items() if key in active}
