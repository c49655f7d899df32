"""Pure: opening hours and holidays. Slots and days are in the company's time zone; no slot at all = always open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
    """The first moment (UTC) at or after `now` (aware) when the channel is open; None when it never opens again."""
    if is_open(slots, holidays, zone, now):
        return now
    today = now.astimezone(zone).date()
    for offset in range(_LOOK_AHEAD_DAYS):
        day = today + timedelta(days=offset)
        if day in holidays:
            continue
        found = [
            moment
            for moment in _beginnings(slots, day, zone)
            if moment > now and is_open(slots, holidays, zone, moment)
        ]
        if found:
            return min(found)
    return None


def next_closing(slots: Collection[Slot], holidays: Collection[date], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first moment (UTC) after `now` (aware) when an open channel is closed, today or tomorrow; None when it is
    closed already, or open for longer.
    """
    if not is_open(slots, holidays, zone, now):
        return None
    today = now.astimezone(zone).date()
    moments: set[datetime] = set()
    for day in (today, today + timedelta(days=1)):
        # 24:00 is kept as the day's last moment: it ends at midnight, unless the next day begins open.
        ends = [slot.closes for slot in slots if slot.weekday == day.weekday() and slot.closes != time.max]
        moments.update(_at(day, [*ends, time.min], zone), _clock_change(day, zone))
    for moment in sorted(moments):
        if moment > now and not is_open(slots, holidays, zone, moment):
            return moment
    return None


def _beginnings(slots: Collection[Slot], day: date, zone: ZoneInfo) -> list[datetime]:
    """The moments (UTC) of a day at which a slot may begin: its time by the clock, and where the clock is put forward
    into a slot or back into one a second time.
    """
    opens = [slot.opens for slot in slots if slot.weekday == day.weekday()] if slots else [time.min]
    if not opens:
        return []
    changes = [moment for moment in _clock_change(day, zone) if moment.astimezone(zone).date() == day]
    return _at(day, opens, zone) + changes


def _at(day: date, times: Collection[time], zone: ZoneInfo) -> list[datetime]:
    """These times of that day as moments (UTC); both, where the clock shows a time twice."""
    moments = [datetime.combine(day, at, tzinfo=zone) for at in times]
    return [moment.replace(fold=fold).astimezone(UTC) for moment in moments for fold in (0, 1)]


def _clock_change(day: date, zone: ZoneInfo) -> list[datetime]:
    """The moment (UTC) at which the clocks of the zone change around that day, to the second; mostly none."""
    before = datetime.combine(day, time.min, tzinfo=UTC) - timedelta(days=1)
    after = before + timedelta(days=3)
    old = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == old:
        return []
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return [after.replace(microsecond=0)]
