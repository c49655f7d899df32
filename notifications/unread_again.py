"""“Mark unread”: what the person wants to see as new again is counted for them; nobody rings, nothing is mailed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from conversations.models import Message, Participant
from events.models import Event
from events.publish import unit
from notifications.actions import tell_unread
from notifications.models import Notice

_MOST = 999


def on_marked_unread(events: list[Event], now: datetime) -> None:
    """One settled notice over these messages, unless one counts them already or they were read meanwhile."""
    for event in events:
        user_id, first = int(event.by.partition(":")[2]), event.data["seq"]
        mark = Participant.objects.filter(conversation_id=event.subject_id, user_id=user_id).first()
        if mark is None or mark.last_read_seq >= first:
            continue
        with unit():
            mine = Notice.objects.filter(conversation_id=event.subject_id, user_id=user_id, seen_at=None, in_app=True)
            counted = mine.aggregate(Max("last_seq"))["last_seq__max"] or 0
            new = Message.objects.filter(
                conversation_id=event.subject_id, seq__gte=max(first, counted + 1), seq__lte=event.data["newest"]
            )
            number = min(_MOST, new.exclude(user_id=user_id).count() or (0 if counted else 1))
            if number:
                Notice.objects.create(
                    conversation_id=event.subject_id,
                    user_id=user_id,
                    cause=Notice.Cause.MESSAGE,
                    first_seq=first,
                    last_seq=event.data["newest"],
                    count=number,
                    created_at=event.at,
                    at=event.at,
                    state=Notice.State.SUPPRESSED,
                    reason="marked_unread",
                    settled_at=now,
                )
            tell_unread([user_id])
