"""Pure: opening hours and holidays. Slots and days are in the company's time zone; no slot at all = always open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True)
class Slot:
    """One slot of one weekday (0 = Monday), from `opens` to before `closes`."""

    weekday: int
    opens: time
    closes: time


def is_open(slots: Collection[Slot], holidays: Collection[date], zone: ZoneInfo, now: datetime) -> bool:
    """Whether the channel takes requests at `now` (aware)."""
    local = now.astimezone(zone)
    if local.date() in holidays:
        return False
    if not slots:
        return True
    at = local.time().replace(tzinfo=None)
    return any(slot.weekday == local.weekday() and slot.opens <= at < slot.closes for slot in slots)


def next_opening(slots: Collection[Slot], holidays: Collection[date], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The next moment at or after `now` (aware) at which the channel is open; None when it never opens again."""
    if is_open(slots, holidays, zone, now):
        return now
    today = now.astimezone(zone).date()
    for offset in range(_LOOK_AHEAD_DAYS):
        day = today + timedelta(days=offset)
        if day in holidays:
            continue
        for opens in _starts(slots, day.weekday()):
            start = datetime.combine(day, opens, tzinfo=zone)
            if start >= now:
                return start
    return None


def _starts(slots: Iterable[Slot], weekday: int) -> list[time]:
    if not slots:
        return [time.min]
    return sorted(slot.opens for slot in slots if slot.weekday == weekday)
