"""The clock: what is due when the beat starts is done at once (R-07: settled within 5 s of a restart)."""

from __future__ import annotations

from memo.celery import app
from memo.clock import Clock


def test_everything_is_due_when_the_beat_starts_and_then_at_its_interval():
    clock = Clock(app=app)
    assert set(app.conf.beat_schedule) <= set(clock.schedule)
    for name, entry in clock.schedule.items():
        assert entry.is_due().is_due, name
        again = entry._next_instance()
        assert not again.is_due().is_due, name
