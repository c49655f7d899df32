"""Stands beside the worker: what is due gets done while the broker, the clock or the way between them is broken.

Celery brings work to a worker quickly; it must never be the only way. Each worker process has one guard thread. It
watches the heartbeat (beat → broker → any worker). Without one it does the periodic work itself, which is safe at any
number of workers because rows are claimed under locks. A worker that gets nothing although the clock ticks has lost
its consumer (the Valkey transport can end up so after a lost connection): it leaves, and its supervisor starts it anew.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
import structlog
from celery import bootsteps
from celery.worker import state
from django.db import close_old_connections

from events import valkey
from events.tasks import HEARTBEAT, TICK

log = structlog.get_logger(__name__)
EVERY_S = 1.0
_SILENT_S = 4.0  # without a heartbeat for so long the guard works itself
_DEAF_S = 15.0  # a worker that heard nothing for so long, while the clock ticks, hears nothing any more
_FAREWELL_S = 10.0


@dataclass(frozen=True)
class Signs:
    """Ages in seconds: of the last heartbeat and of the clock's last tick (None: not known), of the last task that
    this process got; and whether one is running.
    """

    heartbeat: float | None
    tick: float | None
    heard: float
    busy: bool


def judge(signs: Signs) -> tuple[bool, bool]:
    """(do the periodic work here, leave and be started anew)."""
    silent = signs.heartbeat is None or signs.heartbeat > _SILENT_S
    ticking = signs.tick is not None and signs.tick < _SILENT_S
    return silent, ticking and signs.heard > _DEAF_S and not signs.busy


class Watch:
    """Reads the signs of this process and of the installation."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count, self._heard_at = -1, clock()

    def signs(self) -> Signs:
        """The signs as they are now."""
        count = sum(state.total_count.values())
        if count != self._count:
            self._count, self._heard_at = count, self._clock()
        heartbeat, tick = _ages()
        return Signs(heartbeat, tick, self._clock() - self._heard_at, bool(state.active_requests))


def _ages() -> tuple[float | None, float | None]:
    try:
        found = valkey.client().mget(valkey.key(HEARTBEAT), valkey.key(TICK))
    except redis.RedisError:
        return None, None
    now = time.time()
    heartbeat, tick = (max(0.0, now - float(at)) if at else None for at in found)
    return heartbeat, tick


class Guard(bootsteps.StartStopStep):
    """The guard as a part of Celery's worker: begins with it, ends with it."""

    def __init__(self, parent, **_options) -> None:
        super().__init__(parent)
        self._ended = threading.Event()

    def start(self, parent) -> None:
        """Called when the worker starts."""
        threading.Thread(target=self._run, args=(parent.app,), name="guard", daemon=True).start()

    def stop(self, parent) -> None:
        """Called when the worker shuts down."""
        self._ended.set()

    terminate = stop

    def _run(self, app) -> None:
        watch = Watch()
        while not self._ended.wait(EVERY_S):
            try:
                self._turn(app, watch)
            except Exception:  # whatever it is: without the guard nobody would notice
                log.exception("a turn of the guard failed")

    def _turn(self, app, watch: Watch) -> None:
        work, leave = judge(watch.signs())
        if work:
            do_due_work(app)
        if leave:
            log.error("the worker gets no tasks any more and is started anew")
            self._leave()

    def _leave(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        if not self._ended.wait(_FAREWELL_S):
            os._exit(70)


def do_due_work(app) -> None:
    """Everything in the beat table that runs every few seconds, but for the heartbeat, here and now."""
    for entry in app.conf.beat_schedule.values():
        name = entry["task"]
        if entry["schedule"] > 5 or name == "events.tasks.heartbeat":
            continue
        try:
            app.tasks[name]()
        except Exception:
            log.exception("due work failed", task=name)
        finally:
            close_old_connections()
