"""Several at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
import time

from django.db import connection

_PATIENCE_S = 60


def in_threads(*jobs) -> list:
    """Run the jobs at the same moment, each on a connection of its own; their results or exceptions.

    A job that does not come to its end fails the test, and so does one that says pytest.fail.
    """
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job) -> None:
        try:
            gate.wait(timeout=10)
            results[number] = job()
        except BaseException as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, job), daemon=True) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _PATIENCE_S
    for thread in threads:
        thread.join(timeout=max(0, end - time.monotonic()))
    stuck = [f"{n}: {job!r}" for n, (job, thread) in enumerate(zip(jobs, threads, strict=True)) if thread.is_alive()]
    assert not stuck, f"still running after {_PATIENCE_S} s: {', '.join(stuck)}"
    for found in results:
        if isinstance(found, BaseException) and not isinstance(found, Exception):
            raise found
    return results
