"""Frames: after the commit, in order, numbered per group without gap; none of what did not happen (design.md §5, R-04)."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from events import groups, publish
from events.models import Stream
from events.publish import after_commit, unit, whisper
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def told(frames) -> list[tuple]:
    return [(frame["g"], frame["k"], frame.get("v")) for frame in frames]


def test_frames_leave_after_the_commit_in_the_order_of_publishing(frames, committed):
    """Each group counts for itself."""
    with committed(execute=True):
        with unit():
            publish.publish("b", "one", {})
            publish.publish("a", "two", {})
            publish.publish("b", "three", {"n": 1})
            assert frames == []
        assert frames == []
    assert told(frames) == [("b", "one", 1), ("a", "two", 1), ("b", "three", 2)]
    with committed(execute=True), unit():
        publish.publish("b", "four", {})
    assert told(frames)[-1] == ("b", "four", 3)
    assert dict(Stream.objects.values_list("name", "version")) == {"a": 1, "b": 3}


def test_outside_a_unit_nothing_can_be_published():
    """A frame without its transaction could tell what never happened."""
    with pytest.raises(RuntimeError):
        publish.publish("a", "one", {})


def test_what_is_rolled_back_is_not_told(frames, committed):
    """Neither frame nor number."""
    with committed(execute=True), pytest.raises(ZeroDivisionError), unit():
        publish.publish("a", "one", {})
        raise ZeroDivisionError
    assert frames == []
    assert not Stream.objects.exists()
    with committed(execute=True), unit():
        publish.publish("a", "two", {})
    assert told(frames) == [("a", "two", 1)]


def test_nested_units_are_one(frames, committed):
    """One commit, one numbering; the inner frames wait for the outer end."""
    with committed(execute=True), unit():
        publish.publish("a", "one", {})
        with unit():
            publish.publish("a", "two", {})
        publish.publish("a", "three", {})
    assert told(frames) == [("a", "one", 1), ("a", "two", 2), ("a", "three", 3)]


def test_a_nested_unit_that_fails_takes_its_frames_along(frames, committed):
    """The reaction that broke and was rolled back to its savepoint has told nobody."""
    with committed(execute=True), unit():
        publish.publish("a", "before", {})
        with pytest.raises(ZeroDivisionError), unit(), transaction.atomic():
            publish.publish("a", "never", {})
            raise ZeroDivisionError
        publish.publish("a", "after", {})
    assert told(frames) == [("a", "before", 1), ("a", "after", 2)]


def test_a_call_wanted_often_runs_once_after_the_commit(committed):
    """The worker is woken once for a commit, however many events it wrote."""
    calls = []
    wake = lambda: calls.append(1)  # noqa: E731
    with committed(execute=True):
        with unit():
            after_commit(wake)
            with unit():
                after_commit(wake)
            assert calls == []
        assert calls == []
    assert calls == [1]
    with committed(execute=True), pytest.raises(ZeroDivisionError), unit():
        after_commit(wake)
        raise ZeroDivisionError
    assert calls == [1]


def test_without_valkey_what_is_stored_stays_stored(no_valkey):
    """R-04: the answer is still 2xx; the next beat shows the gap."""
    with unit():
        publish.publish("a", "one", {})
    publish._send([("a", b"{}")])
    whisper("a", "typing", {})
    assert Stream.objects.get(name="a").version == 1


def test_a_whisper_is_not_counted(frames):
    """Typing may be lost and leaves no gap."""
    whisper("a", "typing", {"who": "Ben"})
    assert told(frames) == [("a", "typing", None)]
    assert not Stream.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_opposite_orders_do_not_block_each_other(monkeypatch):
    """Two units tell the same groups in opposite orders, nested or not: no deadlock, no number missing."""
    monkeypatch.setattr(publish, "_send", lambda wire: None)
    names = [groups.member(n) for n in range(6)]

    def work(order: list) -> None:
        for _ in range(15):
            with unit():
                for name in order:
                    with unit():
                        publish.publish(name, "row", {})

    assert in_threads(*[partial(work, names), partial(work, names[::-1])] * 2) == [None] * 4
    assert set(Stream.objects.values_list("version", flat=True)) == {60}
