"""Pure: the moments that people name – in an hour, tomorrow at eight, Monday at eight, a day and time they choose."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

WORDS = ("hour", "tomorrow", "monday")
_MORNING = time(8)
_MONDAY = 0
_FARTHEST = timedelta(days=366)
_SOONEST = timedelta(seconds=30)


class BadMoment(Exception):
    """Not a time, one that is over, or one more than a year away; the argument says which: unclear, past, too_far."""


def moment(word: str, text: str, *, now: datetime, zone: str) -> datetime:
    """`word` is one of WORDS, or `text` the local day and time as 2026-11-23T08:00. Raises BadMoment.

    Where clocks go forward an hour that does not exist is the one after; of an hour that comes twice it is the first.
    """
    here = ZoneInfo(zone)
    chosen = named(word, now=now, here=here) if word in WORDS else _written(text, here)
    if chosen < now + _SOONEST:
        raise BadMoment("past")
    if chosen > now + _FARTHEST:
        raise BadMoment("too_far")
    return chosen


def named(word: str, *, now: datetime, here: tzinfo) -> datetime:
    """One of WORDS as a moment."""
    if word == "hour":
        return now + timedelta(hours=1)
    today = now.astimezone(here).date()
    days = 1 if word == "tomorrow" else (_MONDAY - today.weekday()) % 7 or 7
    return _real(datetime.combine(today + timedelta(days=days), _MORNING), here)


def choices(*, now: datetime, here: tzinfo) -> dict[str, datetime]:
    """WORDS to choose from, with their moments: on a Sunday “tomorrow” is Monday, and each moment is named once."""
    found: dict[str, datetime] = {}
    for word in WORDS:
        if (at := named(word, now=now, here=here)) not in found.values():
            found[word] = at
    return found


def _written(text: str, here: tzinfo) -> datetime:
    try:
        local = datetime.fromisoformat(text[:16])
        return _real(local.replace(tzinfo=None), here)
    except (ValueError, OverflowError):
        raise BadMoment("unclear") from None


def _real(local: datetime, here: tzinfo) -> datetime:
    utc = ZoneInfo("UTC")
    return local.replace(tzinfo=here, fold=0).astimezone(utc)
