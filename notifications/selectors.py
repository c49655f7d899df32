"""Unread numbers and wishes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Max, Sum

from events.prepared import Prepared
from notifications.models import Notice, Preference
from notifications.policy import EMAIL, FLASH, IN_APP, OFFER, PUSH, SOUND, Told, Wish, told_of

_MOST_ROWS = 200
_ROWS_BESIDE = ("conversation__about__public_id", "conversation__merged_into__public_id")


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
    """What is unseen of one user: the number of messages, conversation's public id → messages, and of how many
    conversations (the bell).
    """

    total: int
    rows: dict[str, int]
    bell: int = 0


def unseen_of(user_ids: Iterable[int]) -> dict[int, Unseen]:
    """user id → what is unseen: the whole number, and the rows of a list for the latest 200 conversations.

    What is unseen in a side conversation counts for its request's row as well as for its own, and what is unseen in a
    merged one for the row of the other. One query.
    """
    ids = list(user_ids)
    unseen = _UNSEEN.rows(ids)
    totals: Counter[int] = Counter()
    bells: Counter[int] = Counter()
    rows: dict[int, Counter[str]] = defaultdict(Counter)
    for user_id, conversation, discussion, about, merged, number, _newest in unseen:
        totals[user_id] += number
        bells[user_id] += 1
        if len(rows[user_id]) < _MOST_ROWS:
            for public_id in filter(None, (conversation, None if discussion else about, merged)):
                rows[user_id][str(public_id)] += number
    return {user_id: Unseen(totals[user_id], dict(rows[user_id]), bells[user_id]) for user_id in ids}


_UNSEEN = Prepared(
    lambda ids: (
        Notice.objects.filter(user_id__any=ids, seen_at=None, in_app=True)
        .order_by()
        .values_list("user_id", "conversation__public_id", "conversation__discussion", *_ROWS_BESIDE)
        .annotate(n=Sum("count"), newest=Max("id"))
        .order_by("-newest")
    )
)


class Attention:
    """What calls for one user's attention, looked up at first use: `request.attention` of every page."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id

    @cached_property
    def total(self) -> int:
        """The number of the bubble."""
        return self._numbers[0]

    @cached_property
    def bell(self) -> int:
        """The number of the bell: conversations in which something is unseen."""
        return self._numbers[1]

    @cached_property
    def rows(self) -> dict[str, int]:
        """conversation's public id → unseen messages."""
        return self._unseen.rows

    @cached_property
    def _numbers(self) -> tuple[int, int]:
        if "_unseen" in self.__dict__:
            return self._unseen.total, self._unseen.bell
        unseen = Notice.objects.filter(user_id=self.user_id, seen_at=None, in_app=True)
        found = unseen.aggregate(total=Sum("count"), bell=Count("conversation_id", distinct=True))
        return found["total"] or 0, found["bell"]

    @cached_property
    def _unseen(self) -> Unseen:
        return unseen_of([self.user_id])[self.user_id]

    @cached_property
    def preference(self) -> Preference:
        """The stored preferences, or the defaults."""
        return preference_of(self.user_id)

    @property
    def rings(self) -> str:
        """How a request may ring at the user: “flash sound”, one of them, or nothing."""
        return " ".join(sorted(wish_of(self.preference).of(OFFER) & {FLASH, SOUND}))


def preference_of(user_id: int) -> Preference:
    """The stored preferences, or the defaults, not stored."""
    return _PREFERENCE.one(user_id) or Preference(user_id=user_id)


_PREFERENCE = Prepared(lambda user_id: Preference.objects.filter(user_id=user_id))


def preferences(user_ids: Iterable[int]) -> dict[int, Preference]:
    """user id → stored preferences; users with the defaults are absent."""
    return {row.user_id: row for row in Preference.objects.filter(user_id__in=list(user_ids))}


def wish_of(preference: Preference) -> Wish:
    """The part of the preferences that the policy reads."""
    used = {
        IN_APP: preference.in_app,
        SOUND: preference.sound,
        FLASH: preference.flash_tab,
        PUSH: preference.push,
        EMAIL: preference.email,
    }
    return Wish(
        cells={row: frozenset(ways) for row, ways in preference.cells.items()},
        ways=frozenset(way for way, on in used.items() if on),
        from_customers=preference.from_customers,
        from_users=preference.from_users,
    )


def told(user_ids: Iterable[int], row: str) -> list[Told]:
    """How each of these users is told of that row, in order; without those who are told by no way."""
    ids = sorted(set(user_ids))
    wishes = {user_id: wish_of(stored) for user_id, stored in preferences(ids).items()}
    return [one for user_id in ids if (one := told_of(user_id, row, wishes)) is not None]


def mailed(conversation_id: int, seq: int) -> bool:
    """Whether a mail with this message is out."""
    rows = Notice.objects.filter(conversation_id=conversation_id, first_seq__lte=seq, last_seq__gte=seq)
    return rows.filter(state=Notice.State.EMAILED).exists()
