"""The week of opening hours as a form: seven days, each open or closed, each with one or more slots."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time

from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app.actions.schedule import END_OF_DAY, BadSlot, check_slots
from channels_app.hours import Slot

_TYPED = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
PROPOSED = ("09:00", "17:00")


@dataclass
class Row:
    """One slot as typed."""

    opens: str = ""
    closes: str = ""


@dataclass
class Day:
    """One weekday of the form (0 = Monday)."""

    weekday: int
    open: bool
    rows: list[Row] = field(default_factory=list)
    error: str = ""

    @property
    def name(self) -> str:
        return str(WEEKDAYS[self.weekday])

    @property
    def hours(self) -> str:
        """“9 h”, “10 h 30 min”: how long it is open; empty when closed or not readable."""
        try:
            slots = [Slot(self.weekday, parse_time(row.opens), parse_end(row.closes)) for row in self.rows]
        except ValueError:
            return ""
        minutes = sum(_minutes(slot.closes) - _minutes(slot.opens) for slot in slots)
        return duration(minutes * 60) if self.open and minutes > 0 else ""


class HoursForm:
    """`always_open` or the slots of a week; looks like a Django form as far as pages and views need it."""

    def __init__(self, data: QueryDict | None = None, *, slots: Iterable[Slot] = ()) -> None:
        self.is_bound = data is not None
        self.error = ""
        self.slots: list[Slot] = []
        if data is None:
            slots = list(slots)
            self.always_open = not slots
            self.days = [_day_of(weekday, slots) for weekday in range(7)]
        else:
            self.always_open = data.get("hours") != "slots"
            self.days = [_typed_day(weekday, data) for weekday in range(7)]

    def is_valid(self) -> bool:
        """Fills `slots`, or `error` and the errors of the days."""
        if self.always_open:
            return True
        typed = [slot for day in self.days if day.open for slot in self._slots_of(day)]
        if not self.has_errors and not typed:
            self.error = _("Choose hours on at least one day, or “Always open”.")
        try:
            self.slots = check_slots(typed)
        except BadSlot as bad:
            self.days[bad.weekday].error = str(_COMPLAINTS[bad.code])
        return not self.has_errors

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(day.error for day in self.days)

    def _slots_of(self, day: Day) -> list[Slot]:
        slots = []
        for row in day.rows:
            try:
                slots.append(Slot(day.weekday, parse_time(row.opens), parse_end(row.closes)))
            except ValueError:
                day.error = _("Write times like 08:00 or 17:30.")
        return slots


_COMPLAINTS = {
    "backwards": gettext_lazy("The end must be later than the beginning."),
    "overlap": gettext_lazy("These times overlap."),
    "too_many": gettext_lazy("At most six times a day."),
}


def parse_time(text: str) -> time:
    """“8”, “8:00”, “08.30” → time; raises ValueError."""
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return time(int(match[1]), int(match[2] or 0))


def parse_end(text: str) -> time:
    """Like parse_time; “24:00” (and “0:00”) is the end of the day."""
    if text.strip() in {"24", "24:00", "24.00", "0:00", "00:00", "0.00", "00.00"}:
        return END_OF_DAY
    return parse_time(text)


def duration(seconds: int) -> str:
    """“20 s”, “2 min”, “1 h 30 min”."""
    if seconds < 60:
        return _("%(n)s s") % {"n": seconds}
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(hours, _("%(n)s h")), (minutes, _("%(n)s min")), (seconds, _("%(n)s s"))]
    return " ".join(text % {"n": number} for number, text in parts if number)


def _day_of(weekday: int, slots: Iterable[Slot]) -> Day:
    rows = [Row(_typed(slot.opens), _typed(slot.closes)) for slot in slots if slot.weekday == weekday]
    return Day(weekday, bool(rows), rows or [Row(*PROPOSED)])


def _typed_day(weekday: int, data: QueryDict) -> Day:
    pairs = zip(data.getlist(f"from_{weekday}"), data.getlist(f"until_{weekday}"), strict=False)
    rows = [Row(opens[:8], closes[:8]) for opens, closes in pairs if opens.strip() or closes.strip()]
    return Day(weekday, f"open_{weekday}" in data, rows or [Row()])


def _typed(moment: time) -> str:
    return "24:00" if moment == END_OF_DAY else f"{moment:%H:%M}"


def _minutes(moment: time) -> int:
    return 24 * 60 if moment == END_OF_DAY else moment.hour * 60 + moment.minute
