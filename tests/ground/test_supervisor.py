"""memo.supervisor: children are restarted, talk through it, and never outlive it, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memo import processes, supervisor
from memo.processes import Identity

linux = pytest.mark.skipif(sys.platform != "linux", reason="without Linux the next start clears up instead")

MODULES = {
    "steady": "import os, sys, time\nprint('steady', os.getpid(), *sys.argv[1:], flush=True)\nwhile True: time.sleep(60)\n",
    "crash": "import sys\nprint('I give up')\nsys.exit(3)\n",
    "wrong": "raise ValueError('wrong in here')\n",
    "stubborn": (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('stubborn', os.getpid(), child.pid, flush=True)\n"
        "while True: time.sleep(60)\n"
    ),
    "rude": "import time\nprint('\\x1b[2Jclear', flush=True)\nprint('x' * 70000, flush=True)\ntime.sleep(60)\n",
}
SUPERVISE = """
import json, sys
from memo.programs import Program
from memo.supervisor import Supervisor
programs = [Program(name, name, (), grace=0.5) for name in sys.argv[1:]]
supervisor = Supervisor(None, on_change=lambda pids: print("CHANGE", json.dumps(pids), flush=True))
supervisor.add(programs)
while not supervisor.stopping:
    supervisor.turn()
supervisor.stop()
print("stopped", flush=True)
"""


@pytest.fixture
def supervise(start_python, tmp_path) -> Callable[..., subprocess.Popen]:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return lambda *names: start_python(SUPERVISE, *names, PYTHONPATH=str(tmp_path))


def read_until(process: subprocess.Popen, wanted: str) -> str:
    """The first line of output with this text in it."""
    for line in process.stdout:
        if wanted in line:
            return line
    raise AssertionError(f"“{wanted}” was never written")


def pids_in(line: str) -> list[Identity]:
    return [Identity.of(int(word)) for word in line.split() if word.isdigit()]


def test_lines_carry_the_name_of_their_program_and_its_number_is_told(supervise):
    process = supervise("steady")
    told = json.loads(read_until(process, "CHANGE").removeprefix("CHANGE "))
    line = read_until(process, "│ steady")
    assert line == f"steady   │ steady {told['steady']}\n"


def test_a_killed_program_runs_again_at_once(supervise):
    process = supervise("steady")
    first = pids_in(read_until(process, "│ steady"))[0]
    os.kill(first.pid, signal.SIGKILL)
    assert "was ended by signal 9; starting it again\n" in read_until(process, "run ")
    second = pids_in(read_until(process, "│ steady"))[0]
    assert second != first
    assert second.alive()


def test_a_program_that_fails_again_and_again_gets_longer_pauses(supervise):
    process = supervise("crash")
    assert read_until(process, "│ I give up")
    assert read_until(process, "run ").endswith("ended with code 3; starting it again\n")
    assert read_until(process, "run ").endswith("starting it again in 1.0 s\n")


def test_pauses_double_and_stay_below_ten_seconds():
    assert [supervisor.pause_after(number) for number in (1, 2, 3, 4, 9)] == [0.0, 1.0, 2.0, 4.0, 10.0]


def test_an_exception_is_shown_with_its_trace(supervise):
    process = supervise("wrong")
    assert "wrong    │" in read_until(process, "ValueError: wrong in here")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything(supervise, number):
    process = supervise("steady")
    child = pids_in(read_until(process, "│ steady"))[0]
    process.send_signal(number)
    assert process.wait(10) == 0
    assert not child.alive()


def test_what_ignores_the_signal_is_killed_with_its_own_children(supervise):
    process = supervise("stubborn")
    left = pids_in(read_until(process, "│ stubborn"))
    assert len(left) == 2
    process.terminate()
    assert process.wait(10) == 0
    assert all(processes.wait_gone(identity, 2) for identity in left)


@linux
def test_kill_9_of_the_supervisor_takes_the_programs_along(supervise):
    process = supervise("steady")
    child = pids_in(read_until(process, "│ steady"))[0]
    process.kill()
    assert processes.wait_gone(child, 5)


@linux
def test_each_program_has_its_name_in_the_process_list(supervise):
    child = pids_in(read_until(supervise("steady"), "│ steady"))[0]
    assert Path(f"/proc/{child.pid}/comm").read_text() == "memo steady\n"


@linux
def test_children_keep_nothing_of_the_supervisor_open(supervise):
    process = supervise("crash", "steady")
    child = pids_in(read_until(process, "│ steady"))[0]
    assert sorted(int(path.name) for path in Path(f"/proc/{child.pid}/fd").iterdir()) == [0, 1, 2]
    assert Path(f"/proc/{child.pid}/fd/0").readlink() == Path(os.devnull)


def test_control_characters_and_endless_lines_do_no_harm(supervise):
    process = supervise("rude")
    assert "\x1b" not in read_until(process, "clear")
    assert read_until(process, "xxx").count("x") >= 65536


ONCE = """
import sys
from memo.programs import Program
from memo.supervisor import Supervisor
supervisor = Supervisor(None, on_change=lambda pids: None)
print("code", supervisor.once(Program("step", sys.argv[1], ())), flush=True)
"""


@pytest.mark.parametrize(("name", "code"), [("crash", 3), ("wrong", 1)])
def test_a_step_tells_its_exit_code_after_its_words(start_python, tmp_path, name, code):
    (tmp_path / f"{name}.py").write_text(MODULES[name])
    output = start_python(ONCE, name, PYTHONPATH=str(tmp_path)).stdout.read().split("\n")
    assert output[-2] == f"code {code}"
    assert len(output) > 2


def test_a_step_stops_with_the_signal(start_python, tmp_path):
    (tmp_path / "steady.py").write_text(MODULES["steady"])
    process = start_python(ONCE, "steady", PYTHONPATH=str(tmp_path))
    child = pids_in(read_until(process, "│ steady"))[0]
    process.terminate()
    assert read_until(process, "code") == f"code {-signal.SIGTERM}\n"
    assert not child.alive()


def test_the_servers_are_looked_after():
    """A server that ended is started again by the same loop, and told."""
    text = (
        "from memo.supervisor import Supervisor\n"
        "class Servers:\n"
        "    def mend(self): return ['valkey']\n"
        "    def stop(self): print('servers stopped', flush=True)\n"
        "supervisor = Supervisor(Servers(), on_change=lambda pids: None)\n"
        "supervisor.turn()\n"
        "supervisor.stop()\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert "valkey had ended and runs again" in done.stdout
    assert done.stdout.endswith("servers stopped\n")
