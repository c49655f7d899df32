"""Unread numbers and wishes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Sum

from notifications.models import Notice, Preference
from notifications.policy import Wish


def unread_of(user_ids: Iterable[int]) -> dict[int, int]:
    """user id → number of unseen messages that call for attention (N-30); a sum over the unseen notices only."""
    ids = list(user_ids)
    found = dict(
        Notice.objects.filter(user_id__in=ids, seen_at=None, in_app=True)
        .order_by()
        .values("user_id")
        .annotate(total=Sum("count"))
        .values_list("user_id", "total")
    )
    return {user_id: found.get(user_id, 0) for user_id in ids}


def unread_conversations(user_id: int) -> dict[int, int]:
    """conversation id → unseen messages, for the rows of a list."""
    rows = Notice.objects.filter(user_id=user_id, seen_at=None, in_app=True)
    return dict(rows.order_by().values("conversation_id").annotate(n=Sum("count")).values_list("conversation_id", "n"))


def preferences(user_ids: Iterable[int]) -> dict[int, Preference]:
    """user id → stored preferences; users with the defaults are absent."""
    return {row.user_id: row for row in Preference.objects.filter(user_id__in=list(user_ids))}


def wish_of(preference: Preference) -> Wish:
    """The part of the preferences that the policy reads."""
    return Wish(
        customer_messages=preference.customer_messages,
        user_to_customer=preference.user_to_customer,
        internal=preference.internal,
        direct=preference.direct,
        in_app=preference.in_app,
        email=preference.email,
    )
