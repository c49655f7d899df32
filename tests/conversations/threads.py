"""Several at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading

from django.db import connection


def in_threads(*jobs) -> list:
    """Run the jobs at the same moment, each on a connection of its own; their results or exceptions."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job) -> None:
        try:
            gate.wait(timeout=10)
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results
