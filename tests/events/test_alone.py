"""One run at a time in a process, and no call overlooked: slow work leaves the worker's other threads free."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from events.alone import Pace, alone


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


def test_runs_gather_what_comes_closely_together():
    """The first run after a rest begins at once, the next ones a gap apart: fifty messages are no fifty runs."""
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(0.1, clock=lambda: now[0], sleep=sleep)
    pace.wait()
    assert slept == []
    now[0] += 0.03
    pace.wait()
    assert slept == [0.07]
    now[0] += 5
    pace.wait()
    assert slept == [0.07]
