"""What a benchmark measures: throw-away PostgreSQL and Valkey, and the product's own programs on top of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from memo import healthcheck, processes, programs
from memo.embedded import Postgres, Servers, Valkey
from memo.processes import Identity
from memo.programs import Program

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
START_SECONDS = 60
_STOP = [(signal.SIGTERM, 12.0), (signal.SIGKILL, 5.0)]


class Trouble(Exception):
    """The benchmark cannot go on; the text says why."""


class OpenValkey(Valkey):
    """A second Valkey for the reference targets, which speak through a socket file and know no password."""

    name = "valkey-reference"

    def command(self, port: int) -> list[str]:
        binary = super().command(port)[0]
        lines = ["bind 127.0.0.1", f"port {port}", f"unixsocket {self.socket}", 'save ""', "appendonly no"]
        settings = [*lines, "daemonize no", "loglevel warning"]
        return [binary, *(part for line in settings for part in ("--" + line).replace('""', "").split(" "))]

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    def answers(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False

    def url(self, port: int) -> str:
        return str(self.socket)


@dataclass
class Stack:
    """Running servers: addresses as the product and as the references want them, and their process numbers."""

    home: Path
    servers: Servers
    urls: dict[str, str]
    pids: dict[str, int]

    @property
    def reference_environment(self) -> dict[str, str]:
        """BENCH_PG, BENCH_VALKEY and the password, the way that the reference targets read them."""
        url = urlsplit(self.urls["postgres"])
        dsn = f"host={url.hostname} port={url.port} user={url.username} dbname=reference"
        return {
            "BENCH_PG": dsn,
            "BENCH_VALKEY": self.urls["valkey-reference"],
            "PGPASSWORD": unquote(url.password or ""),
        }


@contextlib.contextmanager
def stack() -> Iterator[Stack]:
    """Fresh servers that write to disk like real ones, on free ports; stopped and removed at the end."""
    parent = Path("/var/tmp") if os.geteuid() == 0 else DEV
    parent.mkdir(exist_ok=True)
    _sweep(parent)
    home = Path(tempfile.mkdtemp(prefix="memo-bench-", dir=parent))
    servers = Servers(home, kinds=(Postgres, Valkey, OpenValkey), durable=True)
    try:
        urls = servers.start()
        pids = {part.name: part.record.server.pid for part in servers.parts}
        yield Stack(home, servers, urls, pids)
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Removes what a killed run left; its servers ended with it."""
    for folder in parent.glob("memo-bench-*"):
        old = time.time() - folder.stat().st_mtime > 3600
        if old and folder.stat().st_uid == os.geteuid() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Child:
    """A program that the benchmark started and will stop."""

    name: str
    process: subprocess.Popen
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def last_words(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").strip().split("\n")[-4:])[-1500:]

    def stop(self) -> None:
        processes.stop(Identity.of(self.pid), _STOP, group=True)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # what it may have left behind
        self.process.wait(5)


def start(name: str, command: list[str], env: dict[str, str], folder: Path, cwd: Path = ROOT) -> Child:
    """Starts a program in a process group of its own that ends with us, its words in a file."""
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, preexec_fn=processes.die_with_parent(signal.SIGKILL),  # noqa: PLW1509 (no threads here)
        )  # fmt: skip
    return Child(name, process, log)


def wait_for_port(child: Child, port: int) -> None:
    """Returns once the program listens; Trouble with its last words when it ends first."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if child.process.poll() is not None:
            raise Trouble(f"{child.name} ended at its start: {child.last_words()}")
        time.sleep(0.05)
    raise Trouble(f"{child.name} does not listen after {START_SECONDS} s: {child.last_words()}")


@dataclass
class Product:
    """The running product: its address and the process numbers by name."""

    url: str
    children: list[Child]
    stack: Stack
    groups: dict[str, list[int]] = field(default_factory=dict)

    def accounts(self) -> dict[str, list[int]]:
        """Process trees by name, for CPU and memory: web, worker, beat, pg, valkey."""
        own = {child.name: [child.pid] for child in self.children}
        return own | {"pg": [self.stack.pids["postgres"]], "valkey": [self.stack.pids["valkey"]]}


def environment(stack: Stack, port: int) -> dict[str, str]:
    """Production's settings but for https, on the benchmark's servers."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "memo.settings",
        "PYTHONPATH": str(ROOT),
        "MALLOC_ARENA_MAX": "2",
        "MEMO_SECRET_KEY": "only-for-benchmarks-" + "x" * 50,
        "MEMO_LOG_LEVEL": "WARNING",
        "MEMO_BASE_URL": f"http://127.0.0.1:{port}",
        "MEMO_DATA_DIR": str(stack.home / "data"),
        "SMTP_URL": "smtp://127.0.0.1:1",
        "DATABASE_URL": stack.urls["postgres"],
        "VALKEY_URL": stack.urls["valkey"],
    }


def manage(stack: Stack, *command: str) -> str:
    """Runs a module of the product's environment to its end and returns what it printed; Trouble when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment(stack, 1), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Trouble(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def install(stack: Stack) -> None:
    """An empty installation: tables and static files."""
    (stack.home / "data").mkdir(exist_ok=True)
    manage(stack, "django", "migrate", "--noinput", "--verbosity", "0")
    manage(stack, "django", "collectstatic", "--noinput", "--verbosity", "0")


@contextlib.contextmanager
def product(stack: Stack, server: str, *, threads: int = 8) -> Iterator[Product]:
    """Web server (“daphne” or “uvicorn”), worker and beat, each by the command that real installations use."""
    port = processes.free_port()
    env = environment(stack, port)
    wanted: list[Program] = [programs.web(server, "127.0.0.1", port), programs.worker(threads), programs.beat()]
    children: list[Child] = []
    try:
        for program in wanted:  # one by one: what has started is stopped when the next one cannot
            children.append(start(program.name, [sys.executable, *program.argv], env, stack.home))  # noqa: PERF401
        wait_for_port(children[0], port)
        _wait_until_ready(children[0], port)
        yield Product(f"http://127.0.0.1:{port}", children, stack)
    finally:
        for child in reversed(children):
            child.stop()


def _wait_until_ready(web: Child, port: int) -> None:
    end, words = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < end:
        good, words = healthcheck.ask(f"http://127.0.0.1:{port}/ready", host=f"127.0.0.1:{port}")
        if good:
            return
        time.sleep(0.25)
    raise Trouble(f"The product is not ready after {START_SECONDS} s: {words}; {web.last_words()}")


@contextlib.contextmanager
def whole_installation(stack: Stack) -> Iterator[tuple[Child, str]]:
    """`manage.py run`: the supervisor with every program, as small installations have it; gives it and its address."""
    port = processes.free_port()
    command = [sys.executable, "manage.py", "run", "--port", str(port), "--mail-port", str(processes.free_port())]
    child = start("run", command, environment(stack, port), stack.home)
    try:
        wait_for_port(child, port)
        _wait_until_ready(child, port)
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.stop()
