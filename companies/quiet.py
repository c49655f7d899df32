"""Pure: when somebody wants no sound, no flashing tab and no push: for a while, and at fixed hours of the week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=8)  # quiet around the clock: looked at again after a week


@dataclass(frozen=True)
class Span:
    """Quiet hours that begin on this weekday (0 = Monday); not later than they begin = until the next day."""

    weekday: int
    begins: time
    ends: time

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when until when, of the span that begins on that day; clock changes move neither end."""
        last = day if self.ends > self.begins else day + _DAY
        return datetime.combine(day, self.begins, zone), datetime.combine(last, self.ends, zone)


def spans_of(stored: Mapping[str, list[str]]) -> list[Span]:
    """{"0": ["22:00", "07:00"]} as it is stored → spans."""
    return [
        Span(int(weekday), time.fromisoformat(begins), time.fromisoformat(ends))
        for weekday, (begins, ends) in sorted(stored.items())
    ]


def quiet_until(spans: Iterable[Span], zone: ZoneInfo, until: datetime | None, now: datetime) -> datetime | None:
    """The moment at which it is over, when it is quiet at `now`; else None. `until`: what was switched on by hand.

    Hours that follow each other without a gap are one.
    """
    moment, spans = now, list(spans)
    while moment - now < _LONGEST:
        ends = [end for end in _ends(spans, zone, moment) if end > moment]
        if until is not None and until > moment:
            ends.append(until)
        if not ends:
            break
        moment = max(ends)
    return moment if moment > now else None


def _ends(spans: list[Span], zone: ZoneInfo, moment: datetime) -> Iterable[datetime]:
    """Ends of the spans that hold the moment: those that began today or the day before."""
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today):
        for span in spans:
            if span.weekday == day.weekday():
                begins, ends = span.on(day, zone)
                if begins.timestamp() <= moment.timestamp() < ends.timestamp():
                    yield datetime.fromtimestamp(ends.timestamp(), tz=UTC)
