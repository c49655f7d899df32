"""In an hour, tomorrow at eight, Monday at eight, a chosen day: in the writer's zone, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations import snooze_times
from conversations.moments import BadMoment, choices, moment

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday


def at(word, text="", now=NOW, zone="Europe/Berlin"):
    return moment(word, text, now=now, zone=zone).astimezone(UTC).isoformat()[:16]


def test_words():
    assert at("hour") == "2026-11-23T11:00"
    assert at("tomorrow") == "2026-11-24T07:00"
    assert at("monday") == "2026-11-30T07:00"  # never the one that is going on
    assert at("monday", now=NOW - timedelta(days=1)) == "2026-11-23T07:00"
    assert at("tomorrow", zone="America/New_York") == "2026-11-24T13:00"
    assert (
        at("tomorrow", now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == "2026-11-25T07:00"
    )  # in Berlin it is Tuesday


def test_no_moment_is_offered_twice():
    """On a Sunday "Monday" is tomorrow; where one sends later and where one snoozes alike."""
    berlin = ZoneInfo("Europe/Berlin")
    sunday = NOW - timedelta(days=1)
    assert list(choices(now=sunday, here=berlin)) == ["hour", "tomorrow"]
    assert list(choices(now=NOW, here=berlin)) == ["hour", "tomorrow", "monday"]
    assert [one.key for one in snooze_times.choices(sunday, berlin)] == ["later", "tomorrow"]
    assert [one.key for one in snooze_times.choices(NOW, berlin)] == ["later", "tomorrow", "week"]


def test_clock_changes():
    """Summer time ends and begins: eight stays eight; an hour that does not exist is the one after, a double one the first."""
    assert at("tomorrow", now=datetime(2026, 10, 24, 10, tzinfo=UTC)) == "2026-10-25T07:00"
    assert at("tomorrow", now=datetime(2027, 3, 27, 10, tzinfo=UTC)) == "2027-03-28T06:00"
    before = datetime(2027, 3, 27, 10, tzinfo=UTC)
    assert at("at", "2027-03-28T02:30", now=before) == "2027-03-28T01:30"  # 3:30 in Berlin
    assert at("at", "2026-10-25T02:30", now=datetime(2026, 10, 24, 10, tzinfo=UTC)) == "2026-10-25T00:30"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-23T10:00", "past"),
        ("2026-11-23T11:00", "past"),
        ("2028-01-01T08:00", "too_far"),
        ("", "unclear"),
        ("tomorrow", "unclear"),
        ("9999-12-31T23:59", "too_far"),
        ("0001-01-01T00:00", "unclear"),
        ("\x00", "unclear"),
    ],
)
def test_what_is_no_moment(text, why):
    with pytest.raises(BadMoment, match=why):
        at("at", text)
