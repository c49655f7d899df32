"""A periodic task runs once at a time in a process, no more often than it pays: what comes meanwhile is gathered."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from threading import Event, Lock


def alone(work: Callable[..., None]) -> Callable[..., None]:
    """Calls while a run is under way return at once and make that run begin anew at its end: nothing is overlooked."""
    running, wanted = Lock(), Event()

    @functools.wraps(work)
    def run(*args: object, **kwargs: object) -> None:
        wanted.set()
        while wanted.is_set() and running.acquire(blocking=False):
            try:
                wanted.clear()
                work(*args, **kwargs)
            finally:
                running.release()

    return run


class Pace:
    """Keeps the begins of runs apart: the first after a rest goes at once, the next ones gather work for `gap_s`."""

    def __init__(
        self,
        gap_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap, self._clock, self._sleep = gap_s, clock, sleep
        self._begun = clock() - gap_s

    def wait(self) -> None:
        """Returns when the next run may begin."""
        rest = self._begun + self._gap - self._clock()
        if rest > 0:
            self._sleep(rest)
        self._begun = self._clock()
