"""Unread numbers and wishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.db.models import Max, Sum

from notifications.models import Notice, Preference
from notifications.policy import Wish

_MOST_ROWS = 200


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


def unread_rows_of(user_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """user id → {conversation's public id: unseen messages}, for the rows of a list; the latest 200 conversations.

    What is unseen in a side conversation counts for its request's row as well as for its own.
    """
    unseen = (
        Notice.objects.filter(user_id__in=list(user_ids), seen_at=None, in_app=True)
        .order_by()
        .values("user_id", "conversation__public_id", "conversation__about__public_id")
        .annotate(n=Sum("count"), newest=Max("id"))
        .order_by("-newest")
    )
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in unseen:
        if len(found[row["user_id"]]) >= _MOST_ROWS:
            continue
        for key in ("conversation__public_id", "conversation__about__public_id"):
            if row[key]:
                found[row["user_id"]][str(row[key])] += row["n"]
    return {user_id: dict(rows) for user_id, rows in found.items()}


class Attention:
    """What calls for one user's attention, looked up at first use: `request.attention` of every page."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id

    @cached_property
    def total(self) -> int:
        """The number of the bubble."""
        return unread_of([self.user_id])[self.user_id]

    @cached_property
    def rows(self) -> dict[str, int]:
        """conversation's public id → unseen messages."""
        return unread_rows_of([self.user_id]).get(self.user_id, {})

    @cached_property
    def preference(self) -> Preference:
        """The stored preferences, or the defaults."""
        return preferences([self.user_id]).get(self.user_id) or Preference(user_id=self.user_id)


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
