"""The week of opening hours as typed: several slots a day, overlaps and nonsense refused with the day named."""

from datetime import time

import pytest
from django.http import QueryDict

from channels_app.actions.schedule import END_OF_DAY
from channels_app.hours import Slot
from channels_app.hours_form import HoursForm, duration, parse_end, parse_time


def typed(text: str) -> HoursForm:
    return HoursForm(QueryDict(text))


def test_always_open_ignores_what_stands_in_the_days():
    form = typed("hours=always&open_0=1&from_0=rubbish&until_0=9")
    assert form.is_valid()
    assert form.slots == []


def test_several_slots_a_day_are_sorted():
    form = typed("hours=slots&open_0=1&from_0=13:00&until_0=17:30&from_0=8&until_0=12.00&from_1=08:00&until_1=17:00")
    assert form.is_valid()
    assert form.slots == [Slot(0, time(8), time(12)), Slot(0, time(13), time(17, 30))]


def test_midnight_ends_a_day():
    form = typed("hours=slots&open_5=1&from_5=20:00&until_5=24:00")
    assert form.is_valid()
    assert form.slots == [Slot(5, time(20), END_OF_DAY)]
    assert HoursForm(slots=form.slots).days[5].rows[0].closes == "24:00"
    assert HoursForm(slots=form.slots).days[5].hours == "4 h"


@pytest.mark.parametrize(
    ("query", "weekday"),
    [
        ("open_2=1&from_2=08:00&until_2=12:00&from_2=11:59&until_2=13:00", 2),
        ("open_3=1&from_3=12:00&until_3=12:00", 3),
        ("open_4=1&from_4=17:00&until_4=08:00", 4),
        ("open_0=1&from_0=25:00&until_0=26:00", 0),
        ("open_0=1&from_0=eight&until_0=17:00", 0),
        ("open_0=1&from_0=08:00&until_0=", 0),
        ("open_6=1", 6),
        ("open_1=1" + "".join(f"&from_1={h}:00&until_1={h}:30" for h in range(7)), 1),
    ],
)
def test_what_cannot_stand_is_named_at_its_day(query, weekday):
    form = typed("hours=slots&" + query)
    assert not form.is_valid()
    assert [day.weekday for day in form.days if day.error] == [weekday]


def test_touching_slots_do_not_overlap():
    assert typed("hours=slots&open_0=1&from_0=08:00&until_0=12:00&from_0=12:00&until_0=13:00").is_valid()


def test_these_hours_without_a_day_is_an_error():
    form = typed("hours=slots&from_0=08:00&until_0=12:00")
    assert not form.is_valid()
    assert "Always open" in form.error


def test_a_closed_day_keeps_what_was_typed_for_the_next_try():
    form = typed("hours=slots&from_0=07:15&until_0=09:00")
    assert form.days[0].rows[0].opens == "07:15"


@pytest.mark.parametrize("text", ["", "8:5", "24:30", "8h", "08:00:00", "-1", "٨:٠٠x"])
def test_times_that_are_none(text):
    with pytest.raises(ValueError):
        parse_time(text)


def test_times():
    assert (parse_time("8"), parse_time("08.30"), parse_end("0:00")) == (time(8), time(8, 30), END_OF_DAY)


@pytest.mark.parametrize(("seconds", "text"), [(20, "20 s"), (120, "2 min"), (5400, "1 h 30 min"), (86400, "24 h")])
def test_durations(seconds, text):
    assert duration(seconds) == text
