"""Deadlines: in order, once, never lost, one bad one holds up nobody (R-07, R-08, R-12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from events import due, registry, tasks
from events.models import Due, Stream
from events.publish import publish, unit
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def settled(monkeypatch):
    """What was settled, in order: kinds “a” and “b” are noted, “bad” fails."""
    found: list[tuple] = []
    monkeypatch.setitem(registry.DUE, "a", lambda subject, recipient, now: found.append(("a", subject, recipient)))
    monkeypatch.setitem(registry.DUE, "b", lambda subject, recipient, now: found.append(("b", subject, recipient)))
    monkeypatch.setitem(registry.DUE, "bad", lambda subject, recipient, now: 1 / 0)
    return found


def test_what_is_due_is_settled_in_order_and_once(settled):
    """By time, then in the order of writing; what is not due waits."""
    due.add("a", subject_id=3, due_at=at(5))
    due.add("b", subject_id=1, due_at=at(2))
    due.add("a", subject_id=2, due_at=at(2), recipient="away")
    due.add("a", subject_id=4, due_at=at(6))
    assert due.settle(at(5)) == 3
    assert settled == [("b", 1, ""), ("a", 2, "away"), ("a", 3, "")]
    assert due.settle(at(5)) == 0
    assert Due.objects.get().subject_id == 4


def test_the_same_deadline_again_moves_it(settled):
    """One per kind, subject and recipient."""
    due.add("a", subject_id=1, due_at=at(5))
    due.add("a", subject_id=1, due_at=at(9))
    due.add("a", subject_id=1, due_at=at(5), recipient="user:2")
    assert due.settle(at(5)) == 1
    assert settled == [("a", 1, "user:2")]
    due.settle(at(9))
    assert len(settled) == 2


def test_dropped_is_gone(settled):
    """For every recipient of the subject."""
    due.add("a", subject_id=1, due_at=at(1))
    due.add("a", subject_id=1, due_at=at(1), recipient="user:2")
    due.drop("a", subject_id=1)
    assert due.settle(at(2)) == 0


def test_a_function_may_set_its_own_next_deadline(monkeypatch):
    """Moved while it was being settled: the row stays for the new time."""
    monkeypatch.setitem(
        registry.DUE, "again", lambda s, r, now: due.add("again", subject_id=s, due_at=now + timedelta(1))
    )
    due.add("again", subject_id=1, due_at=at(1))
    due.settle(at(1))
    assert Due.objects.get().due_at == at(1) + timedelta(1)


def test_one_that_fails_comes_back_later_and_later(settled):
    """5 s, 10 s, 15 s …; the others are settled in the same run; nothing it began is kept."""
    due.add("bad", subject_id=1, due_at=at(0))
    due.add("a", subject_id=2, due_at=at(1))
    assert due.settle(at(1)) == 1
    assert settled == [("a", 2, "")]
    waits = []
    for _ in range(3):
        row = Due.objects.get()
        waits.append(row.due_at)
        due.settle(row.due_at)
    assert waits == [at(6), at(16), at(31)]
    assert Due.objects.get().attempts == 4


def test_what_a_failing_one_wrote_is_undone(monkeypatch):
    """Its transaction is its own: neither rows nor frames."""

    def half(subject, recipient, now) -> None:
        publish("a", "one", {})
        due.add("other", subject_id=9, due_at=now)
        raise ZeroDivisionError

    monkeypatch.setitem(registry.DUE, "half", half)
    due.add("half", subject_id=1, due_at=at(0))
    due.settle(at(0))
    assert not Due.objects.filter(kind="other").exists()
    assert not Stream.objects.exists()


def test_an_unknown_kind_is_kept(settled):
    """A newer version's row after a step back: not lost."""
    due.add("from the future", subject_id=1, due_at=at(0))
    due.settle(at(0))
    assert Due.objects.get().attempts == 1


def test_a_deadline_belongs_to_its_transaction(settled):
    """Rolled back with its cause."""
    with pytest.raises(ZeroDivisionError), unit():
        due.add("a", subject_id=1, due_at=at(0))
        raise ZeroDivisionError
    assert not Due.objects.exists()


def test_the_task_works_off_everything(settled, monkeypatch):
    """More than one batch after a long stand; by the database's clock."""
    now = tasks._now()
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
    for number in range(due.BATCH * 2 + 1):
        due.add("a", subject_id=number, due_at=now - timedelta(hours=1))
    due.add("a", subject_id=-1, due_at=now + timedelta(hours=1))
    tasks.settle_due()
    assert len(settled) == due.BATCH * 2 + 1
    assert Due.objects.get().subject_id == -1


@pytest.mark.django_db(transaction=True)
def test_three_workers_settle_each_row(monkeypatch):
    """Each at least once, none left, no error. What must happen once is kept by the function's own look under its lock."""
    found = []
    monkeypatch.setitem(registry.DUE, "a", lambda subject, recipient, now: found.append(subject))
    for number in range(20):
        due.add("a", subject_id=number, due_at=at(0))
    results = in_threads(*[partial(due.settle, at(0))] * 3)
    assert all(isinstance(n, int) for n in results), results
    assert set(found) == set(range(20))
    assert not Due.objects.exists()


def test_patient_kinds_wait_behind_the_others(settled, monkeypatch):
    """M-37, N-33: a hundred mails that are due do not hold up one escalation: each has a run of its own."""
    monkeypatch.setattr(due, "PATIENT", {"b"})
    due.add("b", subject_id=1, due_at=at(0))
    due.add("a", subject_id=2, due_at=at(1))
    assert due.settle(at(5), patient=False) == 1
    assert settled == [("a", 2, "")]
    assert due.settle(at(5), patient=True) == 1
    assert settled == [("a", 2, ""), ("b", 1, "")]
