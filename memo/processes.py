"""Process identity and ports: who runs, is it still the same one, stop it; standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_LOWEST_PORT = 10_240


@dataclass(frozen=True)
class Identity:
    """One process for good: its number may be given to another process later, number and start time may not."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Identity:
        return cls(pid, start_time(pid) or "gone")

    def alive(self) -> bool:
        return start_time(self.pid) == self.started


def start_time(pid: int) -> str | None:
    """When the process started, in the system's own words; None when there is none or it only waits to be reaped."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        # The name in brackets may itself hold blanks and brackets: count from the last one.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else f"{fields[19]}@{_boot()}"
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


@functools.cache
def _boot() -> str:
    """Which start of the machine this is: start times count from there, so two boots could agree by chance."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    return ""


def command_line(pid: int) -> str:
    """The arguments of a running process, joined by blanks; empty when it cannot be read."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a child calls first so that it gets this signal when its parent ends in whatever way (only on Linux)."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it ended between the fork and this line
            os._exit(1)

    return ask


def rename(name: str) -> None:
    """Gives this process the name that `top` and `ps -o comm` show (Linux; 15 bytes of it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def reap(pid: int) -> int | None:
    """Exit code of our own ended child (negative: the signal); None while it runs or when it is not our child."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if done else None


def send(who: Identity, number: signal.Signals, *, group: bool = False) -> None:
    """Signals exactly this process (or its whole group), never a later owner of the same number."""
    if who.alive():
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(who.pid, number)


def stop(who: Identity, steps: list[tuple[signal.Signals, float]], *, group: bool = False) -> bool:
    """Sends each signal in turn and waits its seconds for the end; True once the process is gone."""
    for number, seconds in steps:
        send(who, number, group=group)
        if wait_gone(who, seconds):
            return True
    return False


def wait_gone(who: Identity, seconds: float) -> bool:
    """True as soon as the process has ended, False when it still runs after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        reap(who.pid)
        if not who.alive():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.02)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _first_outgoing_port() -> int:
    """Where the system's range for outgoing connections begins; 32,768 where it does not say (Linux's own default)."""
    try:
        return max(_LOWEST_PORT + 1_000, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return 32_768


def free_port(wanted: int = 0, *, tries: int = 50, host: str = "127.0.0.1") -> int:
    """The wanted port or one of the next that is free; any free port when none is wanted or none of those is.

    “Any” is one that no outgoing connection is given: else a client of a server that has just died may take its port.
    """
    for port in range(wanted, wanted + tries) if wanted else ():
        if port_is_free(port, host):
            return port
    for _ in range(tries):
        port = _LOWEST_PORT + secrets.randbelow(_first_outgoing_port() - _LOWEST_PORT)
        if port_is_free(port, host):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
