"""Until when one snoozes: the usual moments by the clock of the person, and a moment of their own. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from conversations import moments

LONGEST = timedelta(days=366)
ANSWER = "answer"
_KEYS = {"tomorrow": "tomorrow", "monday": "week"}  # of the words of moments
_LATER, _LATEST_HOUR = timedelta(hours=3), 20


class BadTime(Exception):
    """No moment in the coming year (422)."""


@dataclass(frozen=True)
class Choice:
    """A moment to choose; `key` later, tomorrow or week."""

    key: str
    at: datetime


def choices(now: datetime, zone: tzinfo) -> list[Choice]:
    """Later today (in three hours, on the hour, if the day is long enough), tomorrow at 8, on Monday at 8."""
    local = now.astimezone(zone)
    later = (local + _LATER).replace(minute=0, second=0, microsecond=0)
    found = []
    if later.date() == local.date() and later.hour <= _LATEST_HOUR:
        found.append(Choice("later", later))
    mornings = moments.choices(now=now, here=zone).items()
    return found + [Choice(_KEYS[word], at.astimezone(zone)) for word, at in mornings if word in _KEYS]


def moment_of(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """What a form says: a choice's key, “answer” (None), or local date and time “2026-11-24T08:00”. Raises BadTime."""
    if text == ANSWER:
        return None
    known = next((one.at for one in choices(now, zone) if one.key == text), None)
    return check(known or _typed(text, zone), now)


def check(until: datetime, now: datetime) -> datetime:
    """The moment itself when it lies in the coming year. Raises BadTime."""
    if not now < until <= now + LONGEST:
        raise BadTime
    return until


def _typed(text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text[:40])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime from None
