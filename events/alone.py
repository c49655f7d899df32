"""A periodic task runs once at a time in a process: slow work of one kind never takes every thread of a worker."""

from __future__ import annotations

import functools
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
