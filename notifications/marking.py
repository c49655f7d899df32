"""Marking read in the centre: one conversation's notices or all; the bubbles go down in every tab."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from events.publish import unit
from notifications.actions import tell_unread
from notifications.models import Notice

# How long the bell remembers what was seen.
KEEP = timedelta(days=365)
_AT_ONCE = 10_000
# What rings stays until it is answered: looking at the list is no answer.
_RINGING = Q(cause=Notice.Cause.OFFER, state=Notice.State.PENDING)


def mark_read(user: User, *, conversation: UUID | None = None, now: datetime) -> int:
    """Everything of the user that is unseen, or what one conversation brought; how many notices. Twice is no error.

    Pending ones become seen: no mail, no push.
    """
    with unit():
        unseen = Notice.objects.filter(user=user, seen_at=None).exclude(_RINGING)
        if conversation is not None:
            unseen = unseen.filter(conversation__public_id=conversation)
        ids = list(unseen.select_for_update(of=("self",)).order_by("id").values_list("pk", flat=True))
        if not ids:
            return 0
        rows = Notice.objects.filter(pk__in=ids)
        rows.filter(state=Notice.State.PENDING).update(state=Notice.State.SEEN, settled_at=now)
        rows.update(seen_at=now)
        tell_unread([user.pk])
    return len(ids)


def drop_old(*, now: datetime) -> int:
    """Remove what users have seen more than a year ago, at most 10,000 in one go; how many. What was mailed stays: the
    thread says so beside the message.
    """
    old = Notice.objects.filter(user__isnull=False, seen_at__lt=now - KEEP, at__lt=now - KEEP)
    old = old.exclude(state__in=[Notice.State.PENDING, Notice.State.EMAILED]).order_by("id")
    return Notice.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()[0]
