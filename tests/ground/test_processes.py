"""memo.processes: numbers are given out twice, so nothing is ever signalled by its number alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from memo import processes
from memo.processes import Identity


@pytest.fixture
def sleeper():
    text = "import time; print('on', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_process_is_alive_under_its_own_start_time(sleeper):
    assert Identity.of(sleeper.pid).alive()


def test_the_same_number_with_another_start_time_is_somebody_else(sleeper):
    assert not Identity(sleeper.pid, "123@before").alive()


def test_a_stranger_with_a_recycled_number_is_not_signalled(sleeper):
    processes.send(Identity(sleeper.pid, "123@before"), signal.SIGKILL)
    assert processes.stop(Identity(sleeper.pid, "123@before"), [(signal.SIGKILL, 1)])
    assert sleeper.poll() is None


def test_an_ended_child_that_nobody_reaped_counts_as_gone(sleeper):
    identity = Identity.of(sleeper.pid)
    os.kill(sleeper.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive()


def test_stop_goes_on_to_the_next_signal_when_the_first_is_ignored():
    text = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE)
    process.stdout.readline()
    assert processes.stop(Identity.of(process.pid), [(signal.SIGTERM, 0.1), (signal.SIGKILL, 5)])
    process.stdout.close()


def test_reap_tells_exit_code_and_signal(sleeper):
    assert processes.reap(sleeper.pid) is None
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert processes.reap(sleeper.pid) == -signal.SIGKILL
    assert processes.reap(os.getpid()) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux only")
def test_a_child_dies_with_a_parent_that_was_killed(start_python):
    parent = start_python(
        "import signal, subprocess, sys, time\n"
        "from memo import processes\n"
        "ask = processes.die_with_parent(signal.SIGKILL)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], preexec_fn=ask)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    child = Identity.of(int(parent.stdout.readline()))
    assert child.alive()
    parent.kill()
    assert processes.wait_gone(child, 5)


def test_free_port_takes_the_next_one_when_the_wanted_one_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not processes.port_is_free(port)
        assert processes.free_port(port) != port
        assert processes.free_port(port, tries=1) != port


def test_command_line_of_a_running_process(sleeper):
    assert "time.sleep(60)" in processes.command_line(sleeper.pid)
    assert processes.command_line(2**22 + 1) == ""
