"""One run at a time in a process, and no call overlooked: slow work leaves the worker's other threads free."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from events.alone import alone


def test_calls_during_a_run_return_at_once_and_start_one_more():
    begun, go_on, runs = Event(), Event(), []

    @alone
    def work() -> None:
        runs.append(len(runs))
        begun.set()
        go_on.wait(5)

    first = Thread(target=work)
    first.start()
    assert begun.wait(5)
    for _ in range(3):
        work()
    assert runs == [0]
    go_on.set()
    first.join(5)
    assert runs == [0, 1]


def test_a_run_that_fails_lets_the_next_one_begin():
    runs = []

    @alone
    def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        work()
    work()
    assert len(runs) == 2
