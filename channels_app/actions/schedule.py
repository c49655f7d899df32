"""Opening hours and holidays of a channel."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from itertools import pairwise

from channels_app import events
from channels_app.hours import Slot
from channels_app.models import Channel, Holiday, OpeningHours
from events.publish import unit

MAX_SLOTS_A_DAY = 6
MAX_HOLIDAYS = 200
END_OF_DAY = time(23, 59, 59, 999999)


class BadSlot(Exception):
    """A slot cannot stand; `weekday` 0 … 6, `code` is backwards, overlap or too_many."""

    def __init__(self, weekday: int, code: str) -> None:
        super().__init__(f"{weekday}: {code}")
        self.weekday, self.code = weekday, code


class HolidayRefused(Exception):
    """`code` is taken (that day is a holiday already) or too_many."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_slots(slots: Collection[Slot]) -> list[Slot]:
    """The slots by weekday and time. Raises BadSlot for the first that ends before it begins or meets another."""
    ordered = sorted(slots, key=lambda slot: (slot.weekday, slot.opens, slot.closes))
    for slot in ordered:
        if slot.closes <= slot.opens:
            raise BadSlot(slot.weekday, "backwards")
    for before, after in pairwise(ordered):
        if before.weekday == after.weekday and after.opens < before.closes:
            raise BadSlot(after.weekday, "overlap")
    for weekday in range(7):
        if sum(slot.weekday == weekday for slot in ordered) > MAX_SLOTS_A_DAY:
            raise BadSlot(weekday, "too_many")
    return ordered


def replace_hours(channel: Channel, *, slots: Collection[Slot], by: str, now: datetime) -> None:
    """All slots of the week, in the company's time zone; none = always open. Raises BadSlot."""
    ordered = check_slots(slots)
    with unit():
        channel = _locked(channel)
        before = [Slot(*row) for row in channel.hours.values_list("weekday", "opens", "closes")]
        if before == ordered:
            return
        channel.hours.all().delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(channel=channel, weekday=slot.weekday, opens=slot.opens, closes=slot.closes)
            for slot in ordered
        )
        events.channel_changed(channel, "channel.hours", by=by, now=now)


def add_holiday(channel: Channel, *, day: date, name: str, by: str, now: datetime) -> Holiday:
    """A closed day. Raises HolidayRefused."""
    with unit():
        channel = _locked(channel)
        days = set(channel.holidays.values_list("date", flat=True))
        if day in days:
            raise HolidayRefused("taken")
        if len(days) >= MAX_HOLIDAYS:
            raise HolidayRefused("too_many")
        holiday = Holiday.objects.create(channel=channel, date=day, name=name)
        events.channel_changed(channel, "channel.hours", by=by, now=now)
        return holiday


def remove_holiday(channel: Channel, *, day: date, by: str, now: datetime) -> None:
    """An ordinary day again; removing twice is no error."""
    with unit():
        channel = _locked(channel)
        found, _ = channel.holidays.filter(date=day).delete()
        if found:
            events.channel_changed(channel, "channel.hours", by=by, now=now)


def _locked(channel: Channel) -> Channel:
    return Channel.objects.select_for_update(of=("self",)).select_related("company").get(pk=channel.pk)
