"""Opening hours: slots, holidays, clock changes; the next opening is open and there is none before it (M-40, model.md §4.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels_app.hours import Slot, is_open, next_closing, next_opening

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = [Slot(day, time(9), time(12)) for day in range(5)] + [Slot(day, time(13), time(17, 30)) for day in range(5)]


def berlin(*parts: int, fold: int = 0) -> datetime:
    """A moment by the clocks of Berlin, as UTC."""
    return datetime(*parts, tzinfo=BERLIN).replace(fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((2026, 11, 23, 8, 59, 59), False),
        ((2026, 11, 23, 9, 0), True),
        ((2026, 11, 23, 11, 59, 59), True),
        ((2026, 11, 23, 12, 0), False),
        ((2026, 11, 23, 13, 0), True),
        ((2026, 11, 23, 17, 30), False),
        ((2026, 11, 28, 10, 0), False),
    ],
)
def test_a_slot_begins_at_its_minute_and_ends_before_its_last(at, expected):
    """Several slots a day; the weekend has none."""
    assert is_open(WEEK, (), BERLIN, berlin(*at)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((2026, 11, 23, 6, 0), (2026, 11, 23, 9, 0)),
        ((2026, 11, 23, 12, 30), (2026, 11, 23, 13, 0)),
        ((2026, 11, 23, 18, 0), (2026, 11, 24, 9, 0)),
        ((2026, 11, 27, 18, 0), (2026, 11, 30, 9, 0)),
    ],
)
def test_next_opening_by_the_clock(now, expected):
    """Before the first slot, between two, after the last, over the weekend."""
    assert next_opening(WEEK, (), BERLIN, berlin(*now)) == berlin(*expected)


def test_open_now_is_the_next_opening():
    """An open channel opens now."""
    now = berlin(2026, 11, 23, 10, 0)
    assert next_opening(WEEK, (), BERLIN, now) == now


def test_holidays_are_closed_all_day():
    """A holiday beats every slot; the day after counts again."""
    closed = {date(2026, 12, 24), date(2026, 12, 25)}
    now = berlin(2026, 12, 24, 10, 0)
    assert not is_open(WEEK, closed, BERLIN, now)
    assert next_opening(WEEK, closed, BERLIN, now) == berlin(2026, 12, 28, 9, 0)


def test_without_slots_only_holidays_close():
    """No slot at all = always open, holidays excepted: it opens at midnight."""
    closed = {date(2026, 11, 23)}
    assert is_open((), (), BERLIN, berlin(2026, 11, 22, 3, 0))
    assert not is_open((), closed, BERLIN, berlin(2026, 11, 23, 3, 0))
    assert next_opening((), closed, BERLIN, berlin(2026, 11, 23, 3, 0)) == berlin(2026, 11, 24, 0, 0)


def test_a_channel_that_is_always_on_holiday_never_opens():
    """Nothing within the look-ahead: None, not an endless search."""
    every_day = {date(2026, 11, 1) + timedelta(days=n) for n in range(500)}
    assert next_opening(WEEK, every_day, BERLIN, berlin(2026, 11, 23, 3, 0)) is None


def test_spring_a_slot_in_the_missing_hour_begins_when_the_clock_jumps():
    """28 March 2027, 2:00 → 3:00: a slot from 2:30 to 4:00 opens at 3:00, one from 2:15 to 2:45 only a week later."""
    now = berlin(2027, 3, 28, 1, 0)
    assert next_opening([Slot(6, time(2, 30), time(4))], (), BERLIN, now) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert next_opening([Slot(6, time(2, 15), time(2, 45))], (), BERLIN, now) == berlin(2027, 4, 4, 2, 15)


def test_autumn_an_hour_that_comes_twice_opens_twice():
    """25 October 2026, 3:00 → 2:00: slots by the clock are open in both hours."""
    short = [Slot(6, time(2, 30), time(2, 45))]
    between = berlin(2026, 10, 25, 2, 50)
    assert next_opening(short, (), BERLIN, between) == berlin(2026, 10, 25, 2, 30, fold=1)
    early = [Slot(6, time(1), time(2, 30))]
    assert next_opening(early, (), BERLIN, between) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_working_hours_are_the_clock_s_across_a_change():
    """Friday to Monday over the change: nine by the clock on both sides, one hour apart in UTC."""
    assert next_opening(WEEK, (), BERLIN, berlin(2026, 10, 23, 8, 0)).astimezone(UTC).hour == 7
    assert next_opening(WEEK, (), BERLIN, berlin(2026, 10, 26, 8, 0)).astimezone(UTC).hour == 8


minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
slots = st.builds(lambda day, a, b: Slot(day, min(a, b), max(a, b)), st.integers(0, 6), minutes, minutes).filter(
    lambda slot: slot.opens < slot.closes
)
# Around both clock changes, to the quarter of an hour, so that every interesting moment can be listed.
moments = st.builds(
    lambda base, quarters: base + timedelta(minutes=15 * quarters),
    st.sampled_from([datetime(2026, 10, 23, tzinfo=UTC), datetime(2027, 3, 26, tzinfo=UTC)]),
    st.integers(0, 4 * 24 * 4),
)
holidays = st.sets(st.sampled_from([date(2026, 10, 25), date(2026, 10, 26), date(2027, 3, 28), date(2027, 3, 29)]))
zones = st.sampled_from([BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])


@given(st.lists(slots, max_size=6), holidays, zones, moments)
@example([Slot(6, time(2, 30), time(2, 45))], set(), BERLIN, berlin(2026, 10, 25, 2, 50))
def test_next_opening_is_open_and_the_first(week, closed, zone, now):
    """Whatever the slots: it is open then, and at no quarter of an hour before; None only when no week has one."""
    found = next_opening(week, closed, zone, now)
    if found is None:
        assert week
        quarters = (now + timedelta(minutes=15 * n) for n in range(14 * 24 * 4))
        assert not any(is_open(week, closed, zone, at) for at in quarters)
        return
    assert found >= now
    assert is_open(week, closed, zone, found)
    at = now
    while at < found:
        assert not is_open(week, closed, zone, at)
        at += timedelta(minutes=15)


def test_next_closing_by_the_clock():
    """The end of the slot one is in; gaps count, what touches is one."""
    assert next_closing(WEEK, (), BERLIN, berlin(2026, 11, 23, 8, 0)) is None
    day = [Slot(0, time(9), time(12)), Slot(0, time(12), time(15)), Slot(0, time(16), time(18))]
    assert next_closing(day, (), BERLIN, berlin(2026, 11, 23, 10, 0)) == berlin(2026, 11, 23, 15, 0)
    assert next_closing(day, (), BERLIN, berlin(2026, 11, 23, 15, 30)) is None
    assert next_closing(day, (), BERLIN, berlin(2026, 11, 23, 17, 59)) == berlin(2026, 11, 23, 18, 0)


def test_next_closing_across_midnight():
    """24:00 before an open day is no end; before a closed day or a holiday it is midnight; always open has none soon."""
    night = [Slot(0, time(9), time.max), Slot(1, time(0), time(2))]
    at = berlin(2026, 11, 23, 22, 0)
    assert next_closing(night, (), BERLIN, at) == berlin(2026, 11, 24, 2, 0)
    assert next_closing(night[:1], (), BERLIN, at) == berlin(2026, 11, 24, 0, 0)
    assert next_closing(night, {date(2026, 11, 24)}, BERLIN, at) == berlin(2026, 11, 24, 0, 0)
    assert next_closing((), (), BERLIN, at) is None
    assert next_closing((), {date(2026, 11, 24)}, BERLIN, at) == berlin(2026, 11, 24, 0, 0)
