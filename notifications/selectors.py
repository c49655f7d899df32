"""Unread numbers and wishes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

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


class Unseen(NamedTuple):
    """What is unseen of one user: the number of messages, and conversation's public id → messages."""

    total: int
    rows: dict[str, int]


def unseen_of(user_ids: Iterable[int]) -> dict[int, Unseen]:
    """user id → what is unseen: the whole number, and the rows of a list for the latest 200 conversations.

    What is unseen in a side conversation counts for its request's row as well as for its own. One query.
    """
    ids = list(user_ids)
    unseen = (
        Notice.objects.filter(user_id__in=ids, seen_at=None, in_app=True)
        .order_by()
        .values_list("user_id", "conversation__public_id", "conversation__about__public_id")
        .annotate(n=Sum("count"), newest=Max("id"))
        .order_by("-newest")
    )
    totals: Counter[int] = Counter()
    rows: dict[int, Counter[str]] = defaultdict(Counter)
    for user_id, conversation, about, number, _newest in unseen:
        totals[user_id] += number
        if len(rows[user_id]) < _MOST_ROWS:
            for public_id in filter(None, (conversation, about)):
                rows[user_id][str(public_id)] += number
    return {user_id: Unseen(totals[user_id], dict(rows[user_id])) for user_id in ids}


class Attention:
    """What calls for one user's attention, looked up at first use: `request.attention` of every page."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id

    @cached_property
    def total(self) -> int:
        """The number of the bubble."""
        return self._unseen.total if "_unseen" in self.__dict__ else unread_of([self.user_id])[self.user_id]

    @cached_property
    def rows(self) -> dict[str, int]:
        """conversation's public id → unseen messages."""
        return self._unseen.rows

    @cached_property
    def _unseen(self) -> Unseen:
        return unseen_of([self.user_id])[self.user_id]

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
