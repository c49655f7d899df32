"""The beat's scheduler: everything once at the start, then at its interval."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta

import redis
from celery.beat import Scheduler

from events import valkey
from events.tasks import TICK


class Clock(Scheduler):
    """Remembers nothing, so it takes every task as overdue when it starts: what came due while nobody ran goes first,
    and hourly work is done even where no process lives for an hour.
    """

    def setup_schedule(self) -> None:
        """Celery would wait for one interval after every start."""
        super().setup_schedule()
        long_ago = self.app.now() - timedelta(days=1)
        for entry in self.schedule.values():
            entry.last_run_at = long_ago

    def tick(self, *args, **kwargs) -> float:
        """What is due, as always; and a sign of life past the broker, by which a worker knows that it hears nothing."""
        with contextlib.suppress(redis.RedisError):
            valkey.client().set(valkey.key(TICK), time.time(), ex=300)
        return super().tick(*args, **kwargs)
