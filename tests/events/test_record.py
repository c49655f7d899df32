"""What happened: known kinds only, woken once, reacted to once, in the order of the table (R-07)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from events import kinds, nudge, registry, tasks
from events.models import Event
from events.publish import publish, unit
from events.record import event, record, record_many
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def note(kind: str = "conversation.closed", subject: int = 1, **data: object) -> None:
    record(kind, subject_id=subject, company_id=1, by="user:1", now=NOW, **data)


@pytest.fixture
def table(monkeypatch):
    """A table of reactions of this test's own."""
    rows: dict = {}
    monkeypatch.setattr(tasks, "REACTIONS", rows)
    return rows


def test_only_known_kinds_with_exactly_their_fields():
    """A typing error is found by the first test that records it."""
    for kind, data in (
        ("conversation.exploded", {}),
        ("conversation.closed", {"why": "bored"}),
        ("offer.ended", {"offer": 1, "user": 2}),
    ):
        with pytest.raises(kinds.UnknownKind):
            event(kind, subject_id=1, company_id=1, by="system", now=NOW, **data)


def test_every_kind_is_in_the_table():
    """memo/wiring.py names each kind, even those that nothing reacts to (unknown ones would never be worked off)."""
    assert set(registry.REACTIONS) == set(kinds.KINDS)


def test_the_worker_is_woken_once_after_the_commit(quiet_worker, django_capture_on_commit_callbacks):
    """However many events; not at all when nothing was committed."""
    with django_capture_on_commit_callbacks(execute=True):
        with unit():
            note()
            note(subject=2)
            record_many([])
        assert quiet_worker == []
    assert quiet_worker == ["events.tasks.react"]
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), unit():
        note()
        raise ZeroDivisionError
    assert quiet_worker == ["events.tasks.react"]
    assert Event.objects.count() == 2


def test_a_hint_that_cannot_be_given_is_no_error(no_valkey, monkeypatch):
    """Without Valkey the sweep does it."""
    monkeypatch.undo()
    nudge.react()


def test_reactions_run_once(table):
    """In batches of a kind, marked in the same transaction."""
    seen = []
    table["conversation.closed"] = [lambda events, now: seen.append([e.subject_id for e in events])]
    note(subject=1)
    note(subject=2)
    tasks.react()
    tasks.react()
    assert seen == [[1, 2]]
    assert not Event.objects.filter(reacted_at=None).exists()


def test_kinds_run_in_the_order_of_the_table(table):
    """A message before “seen”, whatever the alphabet says."""
    seen = []
    for kind in ("message.posted", "conversation.seen", "conversation.closed"):
        table[kind] = [lambda events, now, kind=kind: seen.append(kind)]
    note("conversation.closed")
    note("conversation.seen", seq=1, who="user:1")
    note("message.posted", seq=1, author="user:1", automatic=False, fresh=True, mentions=[])
    tasks.react_once()
    assert seen == ["message.posted", "conversation.seen", "conversation.closed"]


def test_one_event_that_fails_holds_up_nobody(table, frames, django_capture_on_commit_callbacks):
    """Its frames and rows are undone, the others' are kept; it is tried again, at most twenty times."""
    seen = []

    def react(events, now) -> None:
        for one in events:
            publish("a", "said", {"n": one.subject_id})
            if one.subject_id == 2:
                raise ZeroDivisionError
            seen.append(one.subject_id)

    table["conversation.closed"] = [react]
    for subject in (1, 2, 3):
        note(subject=subject)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.react_once()
    assert [frame["d"]["n"] for frame in frames] == [1, 3]
    assert [frame["v"] for frame in frames] == [1, 2]
    failed = Event.objects.get(reacted_at=None)
    assert (failed.subject_id, failed.attempts) == (2, 1)
    for _ in range(30):
        tasks.react_once()
    failed.refresh_from_db()
    assert failed.attempts == 20


def test_a_kind_that_fails_does_not_undo_another(table):
    """Each kind has a savepoint."""
    seen = []
    table["message.posted"] = [lambda events, now: 1 / 0]
    table["conversation.closed"] = [lambda events, now: seen.append(1)]
    note("message.posted", seq=1, author="user:1", automatic=False, fresh=True, mentions=[])
    note("conversation.closed")
    tasks.react_once()
    assert seen == [1]
    assert list(Event.objects.filter(reacted_at=None).values_list("kind", flat=True)) == ["message.posted"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_react_once(table, react):
    """SKIP LOCKED: each event is one worker's."""
    seen: list[int] = []
    table["conversation.closed"] = [lambda events, now: seen.extend(e.subject_id for e in events)]
    for subject in range(30):
        note(subject=subject)
    assert in_threads(*[react] * 3) == [None] * 3
    assert sorted(seen) == list(range(30))


def test_old_events_are_forgotten():
    """“Seen” at the next sweep, the others after 90 days; what nobody reacted to stays."""
    note("conversation.seen", seq=1, who="user:1")
    note("conversation.closed", subject=1)
    note("conversation.closed", subject=2)
    note("conversation.closed", subject=3)
    now = timezone.now()
    Event.objects.exclude(subject_id=3).update(reacted_at=now - timedelta(days=1))
    Event.objects.filter(subject_id=2).update(reacted_at=now - timedelta(days=91))
    tasks.forget()
    assert list(Event.objects.order_by("id").values_list("kind", "subject_id")) == [
        ("conversation.closed", 1),
        ("conversation.closed", 3),
    ]
