"""Keeps the programs of an installation running: one process, prefixed logs, restarts, and all of them end with it."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import runpy
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from memo import processes
from memo.embedded import EmbeddedError, Servers
from memo.processes import Identity
from memo.programs import Program

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # nothing in a log may steer the terminal
_LONGEST_LINE = 64 * 1024
_TICK_SECONDS = 0.25
_STEADY_SECONDS = 10.0  # a program that lived so long is started again at once
_LONGEST_PAUSE = 10.0
_SERVER_CHECK_SECONDS = 1.0


@dataclass
class Child:
    """One program, running or about to be started (`start_at`, monotonic seconds)."""

    program: Program
    colour: int
    start_at: float = 0.0
    identity: Identity | None = None
    started_at: float = 0.0
    failures: int = 0
    output: int = -1
    rest: bytes = b""
    heard: list[str] | None = None  # collects the lines instead of writing them


def pause_after(failures: int) -> float:
    """Seconds to wait before start number `failures` after the first: none at first, then doubling up to ten."""
    return 0.0 if failures <= 1 else min(_LONGEST_PAUSE, 0.25 * 2**failures)


@dataclass
class Log:
    """Writes whole lines with the program's name before them; in colour on a terminal, unless NO_COLOR is set."""

    width: int = 8
    colours: bool = field(default_factory=lambda: sys.stdout.isatty() and not os.environ.get("NO_COLOR"))

    def line(self, name: str, text: str, colour: int = 0) -> None:
        label = f"{name:<{self.width}} │"
        print(f"\x1b[{colour}m{label}\x1b[0m {text}" if self.colours and colour else f"{label} {text}", flush=True)


class Supervisor:
    """Starts children from the main thread and looks after them until it is told to stop.

    On Linux a child is a fork of this process, which has the application loaded already: it starts in an instant and
    shares most of its memory with the others. Elsewhere it is a new interpreter.
    """

    def __init__(self, servers: Servers | None, *, on_change: Callable[[dict[str, int]], None]) -> None:
        """`on_change` gets name -> process number whenever a program started or ended."""
        self.servers, self.on_change = servers, on_change
        self.children: list[Child] = []
        self.log = Log()
        self._spawned: list[subprocess.Popen] = []
        self.stopping = self.impatient = False
        self.keeps_servers = False  # when this process is about to begin again
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._next_server_check = 0.0
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _asked_to_stop(self, *_: object) -> None:
        self.impatient = self.stopping
        self.stopping = True

    def say(self, text: str) -> None:
        self.log.line("run", text, 1)

    def add(self, programs: Iterable[Program]) -> None:
        """Programs to keep running from the next turn on."""
        for program in programs:
            self.children.append(Child(program, _COLOURS[len(self.children) % len(_COLOURS)]))
        self.log.width = max([self.log.width, *(len(child.program.name) for child in self.children)])

    # --- one turn -----------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Starts what is due, passes output on, notices what ended; returns within a quarter of a second."""
        now = time.monotonic()
        for child in self.children:
            if child.identity is None and child.start_at <= now and not self.stopping:
                self._start(child)
        self._read(_TICK_SECONDS)
        for child in self.children:
            # The kernel's word, not /proc: a process whose threads are still ending is neither alive nor to be reaped.
            if child.identity and (code := processes.reap(child.identity.pid)) is not None:
                self._ended(child, child.identity, code)
        if not self.stopping:
            self._mend_servers()

    def once(self, program: Program, *, heard: list[str] | None = None) -> int:
        """Runs one program to its end; returns its exit code (negative: a signal). Its lines go to the log, or to
        `heard` where that is given.
        """
        child = Child(program, 90, heard=heard)
        self._start(child)
        code = None
        while code is None:
            self._read(_TICK_SECONDS)
            if child.identity and self.stopping:
                processes.send(child.identity, signal.SIGTERM, group=True)
            code = processes.reap(child.identity.pid) if child.identity else 1
        self._drain(child)
        return code

    def _mend_servers(self) -> None:
        if not self.servers or time.monotonic() < self._next_server_check:
            return
        self._next_server_check = time.monotonic() + _SERVER_CHECK_SECONDS
        try:
            for name in self.servers.mend():
                self.say(f"{name} had ended and runs again")
        except EmbeddedError as error:
            self.say(str(error))
            self._next_server_check = time.monotonic() + _LONGEST_PAUSE

    # --- children -----------------------------------------------------------------------------------------

    def _start(self, child: Child) -> None:
        child.output, write_end = os.pipe()
        os.set_blocking(child.output, False)
        pid = (self._fork if sys.platform == "linux" else self._spawn)(child.program, write_end)
        os.close(write_end)
        child.identity, child.started_at = Identity.of(pid), time.monotonic()
        self._selector.register(child.output, selectors.EVENT_READ, child)
        self.on_change(self.pids())

    def _fork(self, program: Program, output: int) -> int:
        ask = processes.die_with_parent(signal.SIGKILL)
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # what is loaded now never becomes garbage: keep the collector from touching the shared pages
        pid = os.fork()
        if pid:
            return pid
        code = 1
        with contextlib.suppress(BaseException):
            ask()
            self._become_child(output)
            processes.rename(f"memo {program.name}")
            code = _run(program)
        os._exit(code)

    def _spawn(self, program: Program, output: int) -> int:
        process = subprocess.Popen(
            [sys.executable, *program.argv],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0,
        )  # fmt: skip
        self._spawned.append(process)  # a forgotten one would be reaped behind our back
        return process.pid

    def _become_child(self, output: int) -> None:
        """Lets go of everything of the supervisor's: signals, pipes of other children, the terminal."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.closerange(3, max(int(number) for number in os.listdir("/proc/self/fd")) + 1)
        sys.stdout, sys.stderr = (open(number, "w", buffering=1, errors="replace", closefd=False) for number in (1, 2))

    def _ended(self, child: Child, identity: Identity, code: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, signal.SIGKILL)  # what it may have left behind
        self._drain(child)
        lived = time.monotonic() - child.started_at
        child.identity = None
        child.failures = 1 if lived > _STEADY_SECONDS else child.failures + 1
        child.start_at = time.monotonic() + pause_after(child.failures)
        if not self.stopping:
            wait = child.start_at - time.monotonic()
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            self.say(f"{child.program.name} {how}; starting it again" + (f" in {wait:.1f} s" if wait > 0 else ""))
        self.on_change(self.pids())

    def pids(self) -> dict[str, int]:
        """Name of each running program -> its process number."""
        return {child.program.name: child.identity.pid for child in self.children if child.identity}

    # --- output -------------------------------------------------------------------------------------------

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            else:
                self._pass_on(key.data)

    def _pass_on(self, child: Child) -> bool:
        """Writes the whole lines that are there; False once there is nothing to read."""
        try:
            data = os.read(child.output, _LONGEST_LINE)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(child.output)
            os.close(child.output)
            child.output = -1
        *lines, child.rest = (child.rest + data).split(b"\n")
        if len(child.rest) > _LONGEST_LINE or (not data and child.rest):
            lines, child.rest = [*lines, child.rest], b""
        for line in lines:
            text = _CONTROLS.sub("�", line.decode(errors="replace").rstrip("\r"))
            if child.heard is None:
                self.log.line(child.program.name, text, child.colour)
            else:
                child.heard.append(text)
        return bool(data)

    def _drain(self, child: Child) -> None:
        while child.output >= 0 and self._pass_on(child):
            pass
        if child.output >= 0:  # a grandchild holds the pipe open
            self._selector.unregister(child.output)
            os.close(child.output)
            child.output = -1

    # --- the end ------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Ends every child (SIGTERM, its grace, SIGKILL), then the servers; a second Ctrl-C shortens the grace."""
        self.stopping = True
        begun = time.monotonic()
        for child in self.children:
            if child.identity:
                processes.send(child.identity, signal.SIGTERM, group=True)
        while any(child.identity for child in self.children):
            for child in self.children:
                late = time.monotonic() - begun > child.program.grace
                if child.identity and (late or self.impatient):
                    processes.send(child.identity, signal.SIGKILL, group=True)
            self.turn()
        if self.servers and not self.keeps_servers:
            self.servers.stop()


def _run(program: Program) -> int:
    """The program's own `__main__`, in this process; returns its exit code."""
    sys.argv = [program.module, *program.arguments]
    try:
        runpy.run_module(program.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
