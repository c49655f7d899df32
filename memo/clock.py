"""The beat's scheduler: everything once at the start, then at its interval."""

from __future__ import annotations

from datetime import timedelta

from celery.beat import Scheduler


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
