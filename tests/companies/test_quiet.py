"""Do not disturb: the pure hours, the menu, the week's form, the moon (model.md §8). The clock is passed in."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from companies.actions.members import set_quiet, set_quiet_hours
from companies.quiet import Span, quiet_until, spans_of
from companies.selectors import quiet_ends_of
from events import presence
from tests.cast import NOW

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = [Span(day, time(22), time(7)) for day in range(5)]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-23 21:59", None),  # Monday evening
        ("2026-11-23 22:00", "2026-11-24 07:00"),
        ("2026-11-24 06:59", "2026-11-24 07:00"),  # begun the day before
        ("2026-11-24 07:00", None),
        ("2026-11-28 03:00", "2026-11-28 07:00"),  # Friday's night
        ("2026-11-28 22:30", None),  # Saturday has none
        ("2026-10-25 02:30", None),
    ],
)
def test_hours_over_midnight(at, ends):
    assert quiet_until(NIGHT, BERLIN, None, local(at)) == (local(ends) if ends else None)


def test_hours_that_follow_each_other_are_one():
    """All Saturday, all Sunday, and Sunday's night."""
    spans = [Span(5, time(0), time(0)), Span(6, time(0), time(22)), Span(6, time(22), time(7))]
    assert quiet_until(spans, BERLIN, None, local("2026-11-28 12:00")) == local("2026-11-30 07:00")


def test_a_clock_change_moves_no_end():
    """The night of 25 October 2026 has an hour more."""
    spans = [Span(5, time(22), time(7))]
    assert quiet_until(spans, BERLIN, None, local("2026-10-24 23:00")) == local("2026-10-25 07:00")
    assert local("2026-10-25 07:00").astimezone(UTC).hour == 6


def test_by_hand_and_by_the_hour_together():
    """What was switched on by hand runs into the hours."""
    until = local("2026-11-23 23:00")
    assert quiet_until(NIGHT, BERLIN, until, local("2026-11-23 20:00")) == local("2026-11-24 07:00")
    assert quiet_until([], BERLIN, until, local("2026-11-23 20:00")) == until
    assert quiet_until([], BERLIN, until, until) is None


@given(
    st.lists(st.builds(Span, st.integers(0, 6), st.times(), st.times()), max_size=10),
    st.integers(0, 366 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
def test_it_always_ends_later_and_is_over_then(spans, now):
    """Never in the past, never endless."""
    ends = quiet_until(spans, BERLIN, None, now)
    if ends is not None:
        assert now < ends <= now + timedelta(days=10)


def test_as_it_is_stored():
    assert spans_of({"4": ["22:00", "07:00"]}) == [NIGHT[4]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "until"),
    [("30", NOW + timedelta(minutes=30)), ("60", NOW + timedelta(hours=1)), ("tomorrow", local("2026-11-24 08:00"))],
)
def test_the_menu(client, cast, wanted, until):
    """Half an hour, an hour, until tomorrow at eight of one's own clock; and no longer."""
    client.force_login(cast.ben)
    with time_machine.travel(NOW, tick=False):
        answer = client.post("/me/quiet/", {"for": wanted, "next": "/contacts/"})
        assert (answer.status_code, answer["Location"]) == (303, "/contacts/")
        assert cast.member(cast.ben).quiet_until == until
        page = client.get("/contacts/").content.decode()
        assert "Turn it off" in page
        client.post("/me/quiet/", {"for": "0"})
    assert cast.member(cast.ben).quiet_until is None
    assert cast.member(cast.cem).quiet_until is None


@pytest.mark.django_db
def test_nonsense_is_refused(client, cast):
    client.force_login(cast.ben)
    for wanted in ("", "31", "-1", "9" * 5000, "tomorrow\x00"):
        assert client.post("/me/quiet/", {"for": wanted}).status_code == 422
    assert cast.member(cast.ben).quiet_until is None


@pytest.mark.django_db
def test_the_week_is_set_and_emptied(client, cast):
    client.force_login(cast.ben)
    sent = {f"begins_{day}": "20:00" for day in range(7)} | {f"ends_{day}": "07:00" for day in range(7)}
    assert client.get("/settings/quiet-hours/").status_code == 200
    assert client.post("/settings/quiet-hours/", sent | {"quiet_0": "on", "begins_0": "22:30"}).status_code == 303
    assert cast.member(cast.ben).quiet_hours == {"0": ["22:30", "07:00"]}
    bad = client.post("/settings/quiet-hours/", sent | {"quiet_1": "on", "ends_1": "25:00"})
    assert bad.status_code == 422
    assert b'value="25:00"' in bad.content
    assert client.post("/settings/quiet-hours/", sent | {"quiet_1": "on", "ends_1": ""}).status_code == 422
    assert cast.member(cast.ben).quiet_hours == {"0": ["22:30", "07:00"]}
    client.post("/settings/quiet-hours/", sent)
    assert cast.member(cast.ben).quiet_hours == {}


@pytest.mark.django_db
def test_whose_quiet_it_is(cast, django_assert_num_queries):
    """One query for everybody; only those who rest at the moment."""
    set_quiet(cast.member(cast.ben), until=NOW + timedelta(hours=1), now=NOW)
    set_quiet_hours(cast.member(cast.cem), hours={"0": ["11:00", "12:00"]})  # 10:00 UTC is 11:00 in Berlin
    set_quiet_hours(cast.member(cast.dora), hours={"1": ["11:00", "12:00"]})
    people = [cast.ben.pk, cast.cem.pk, cast.dora.pk, cast.anna.pk]
    with django_assert_num_queries(1):
        found = quiet_ends_of(people, NOW)
    assert found == {cast.ben.pk: NOW + timedelta(hours=1), cast.cem.pk: NOW + timedelta(hours=1)}


@pytest.mark.django_db
def test_colleagues_see_a_moon(client, cast, clean_valkey):
    set_quiet(cast.member(cast.ben), until=NOW + timedelta(days=40_000), now=NOW)
    presence.touch(cast.ben.pk)
    client.force_login(cast.cem)
    page = client.get("/contacts/").content.decode()
    assert page.count(" moon") == 1
    assert "Do not disturb" in page


@pytest.mark.django_db
def test_a_company_decides_whether_push_messages_show_text(client, cast):
    """An admin alone, with a line in the log; off at first."""
    assert not cast.nordlicht.push_shows_text
    client.force_login(cast.ben)
    assert client.post("/settings/security/push/", {"shown": "1"}).status_code == 403
    client.force_login(cast.anna)
    assert client.post("/settings/security/push/", {"shown": "yes"}).status_code == 422
    assert client.post("/settings/security/push/", {"shown": "1"}).status_code == 303
    cast.nordlicht.refresh_from_db()
    assert cast.nordlicht.push_shows_text
    assert b"With the text." in client.get("/settings/security/").content
    cast.sued.refresh_from_db()
    assert not cast.sued.push_shows_text
