"""The guard beside the worker: due work goes on without broker or clock, and a worker that hears nothing leaves."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from events import due, registry, valkey
from events.models import Due
from events.tasks import HEARTBEAT, TICK
from memo import guard
from memo.celery import app
from memo.clock import Clock
from memo.guard import Signs, Watch, judge


@pytest.mark.parametrize(
    ("signs", "works", "leaves"),
    [
        (Signs(heartbeat=1, tick=1, heard=1, busy=False), False, False),
        (Signs(heartbeat=9, tick=1, heard=9, busy=False), True, False),
        (Signs(heartbeat=20, tick=1, heard=20, busy=False), True, True),
        (Signs(heartbeat=1, tick=1, heard=20, busy=False), False, True),
        (Signs(heartbeat=20, tick=1, heard=20, busy=True), True, False),
        (Signs(heartbeat=20, tick=20, heard=20, busy=False), True, False),
        (Signs(heartbeat=None, tick=None, heard=60, busy=False), True, False),
    ],
    ids=["healthy", "silence begins", "deaf", "deaf beside others", "long work", "no clock", "no Valkey"],
)
def test_what_the_guard_decides(signs, works, leaves):
    """R-07, R-11: without a heartbeat it works itself; it leaves only when the clock ticks and nothing reaches it."""
    assert judge(signs) == (works, leaves)


def test_signs_come_from_valkey_and_from_what_the_worker_got(monkeypatch):
    """The ages of heartbeat and tick, and since when no task arrived."""
    clock = SimpleNamespace(now=100.0)
    counted = SimpleNamespace(total_count={"a": 3}, active_requests=[])
    monkeypatch.setattr(guard, "state", counted)
    valkey.client().set(valkey.key(HEARTBEAT), time.time() - 7)
    valkey.client().delete(valkey.key(TICK))
    watch = Watch(lambda: clock.now)
    assert watch.signs().heard == 0
    clock.now = 112.0
    signs = watch.signs()
    assert signs.heard == 12
    assert signs.tick is None
    assert 7 <= signs.heartbeat < 60
    counted.total_count["a"] = 4
    assert watch.signs().heard == 0


def test_the_clock_ticks_past_the_broker(monkeypatch):
    """A worker can tell a silent broker from a dead clock."""
    valkey.client().delete(valkey.key(TICK))
    clock = Clock(app=app)
    monkeypatch.setattr(clock, "apply_async", lambda *args, **kwargs: None)
    monkeypatch.setattr(clock, "apply_entry", lambda *args, **kwargs: None)
    clock.tick()
    assert time.time() - float(valkey.client().get(valkey.key(TICK))) < 60


@pytest.mark.django_db
def test_the_guard_settles_what_is_due(monkeypatch):
    """M-37, R-07: an escalation is settled although no task comes; the heartbeat proves the broker's way and is left."""
    settled = []
    monkeypatch.setitem(registry.DUE, "offer", lambda subject, recipient, now: settled.append(subject))
    monkeypatch.setattr(guard, "close_old_connections", lambda: None)
    valkey.client().delete(valkey.key(HEARTBEAT))
    due.add("offer", subject_id=7, due_at=timezone.now() - timedelta(seconds=3))
    guard.do_due_work(app)
    assert settled == [7]
    assert not Due.objects.exists()
    assert valkey.client().get(valkey.key(HEARTBEAT)) is None
