"""Messages become searchable. Changes of people and settings → what rings, waits or is assigned is looked at again,
one due row for each.

A reaction runs in one transaction with others; locking conversations there would break the product's lock order. So it
only writes deadlines: each is settled by itself, conversation first (memo/wiring.py), within about a second.
"""

from __future__ import annotations

from datetime import datetime

from companies.models import Membership
from conversations.actions.drafts import sent_elsewhere
from conversations.actions.searching import read_in
from conversations.models import Conversation, ConversationHead, Offer
from conversations.selectors.drafts import messages_of_users
from events import due
from events.models import Event
from mail.addresses import revoke

Routing = ConversationHead.Routing
_OF_MEMBERS = {"member.role", "member.licence"}
_OF_CHANNELS = {"channel.paused", "channel.resumed", "channel.edited", "channel.hours", "channel.members"}


def on_posted(events: list[Event], now: datetime) -> None:
    """New messages are found within about a second; a draft that still holds one of them is over."""
    read_in([(event.subject_id, event.data["seq"]) for event in events])
    for message in messages_of_users([(event.subject_id, event.data["seq"]) for event in events]):
        kind = "internal" if message.conversation.kind == Conversation.Kind.INTERNAL else "reply"
        opened = message.conversation.about or message.conversation
        sent_elsewhere(message.user, opened, kind=kind, body=message.body, now=now)


def on_availability(events: list[Event], now: datetime) -> None:
    """Somebody switched to “away”: what rings at them moves on (E-10)."""
    for event in events:
        if not event.data["available"]:
            for member in Membership.objects.filter(pk=event.subject_id):
                _withdraw(member.user_id, "away", event.at)


def on_deactivated(events: list[Event], now: datetime) -> None:
    """A member left the company (INV-20)."""
    for event in events:
        for member in Membership.objects.filter(pk=event.subject_id):
            revoke(recipient=f"user:{member.user_id}", now=event.at)
            _leave(member.user_id, event.at)


def on_inbox_role(events: list[Event], now: datetime) -> None:
    """Somebody left an inbox: what they hold there becomes unclaimed (model.md §4.2)."""
    for event in events:
        if not event.data["role"]:
            _leave(event.data["user"], event.at)


def on_settings(events: list[Event], now: datetime) -> None:
    """A company role or licence was taken away, or a channel was paused, has other members or other hours."""
    for event in events:
        what = event.data["what"]
        if what in _OF_MEMBERS:
            for member in Membership.objects.filter(pk=event.subject_id):
                _leave(member.user_id, event.at)
        elif what in _OF_CHANNELS:
            _reroute(event.subject_id, event.at)


def _withdraw(user_id: int, why: str, at: datetime) -> None:
    held = Offer.objects.filter(user_id=user_id, state=Offer.State.PENDING)
    for offer_id in held.values_list("pk", flat=True):
        due.add("withdraw", subject_id=offer_id, recipient=why, due_at=at)


def _leave(user_id: int, at: datetime) -> None:
    _withdraw(user_id, "left", at)
    held = ConversationHead.objects.filter(assignee_id=user_id, status=ConversationHead.Status.OPEN)
    for conversation_id in held.values_list("pk", flat=True):
        due.add("release", subject_id=conversation_id, recipient=f"user:{user_id}", due_at=at)


def _reroute(channel_id: int, at: datetime) -> None:
    heads = ConversationHead.objects.filter(
        conversation__channel=channel_id,
        status=ConversationHead.Status.OPEN,
        routing__in=[Routing.RINGING, Routing.WAITING],
    )
    for conversation_id in heads.values_list("pk", flat=True):
        due.add("reroute", subject_id=conversation_id, due_at=at)
    held = Offer.objects.filter(conversation__channel=channel_id, state=Offer.State.PENDING)
    for offer_id in held.values_list("pk", flat=True):
        due.add("withdraw", subject_id=offer_id, recipient="left", due_at=at)
