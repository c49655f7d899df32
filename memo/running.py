"""What `manage.py run` does: servers, migrations, then the supervisor with every program, until it is stopped."""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from django.apps import apps
from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import module_has_submodule
from redis.backoff import NoBackoff
from redis.retry import Retry

from memo import catalogues, env, healthcheck, programs
from memo.embedded import Postgres, Server, Servers, Valkey
from memo.processes import Identity
from memo.programs import Program
from memo.supervisor import Supervisor

READY_SECONDS = 60
_ASK_SECONDS = 0.2
# Set for the second half of a start: the servers in this folder run and this process owns them.
SERVERS_VARIABLE = "MEMO_EMBEDDED_SERVERS"


class CannotRun(Exception):
    """The installation cannot start; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Options:
    """What to start and where it listens."""

    host: str
    port: int
    mail_port: int
    threads: int

    def programs(self) -> list[Program]:
        return [
            programs.web(settings.SERVER, self.host, self.port),
            programs.worker(self.threads),
            programs.beat(),
            programs.mail_listener(self.mail_port),
        ]


def start_missing_servers(data: Path) -> None:
    """Starts PostgreSQL and Valkey in the data folder unless the environment names others, then begins this very
    command again with their addresses in the environment: settings are read only once.
    """
    if env.text(SERVERS_VARIABLE):
        return
    wanted: dict[str, type[Server]] = {"DATABASE_URL": Postgres, "VALKEY_URL": Valkey}
    missing = {name: kind for name, kind in wanted.items() if not env.text(name)}
    if missing:
        servers = Servers(data / "servers", kinds=tuple(missing.values()))
        urls = servers.start()
        found = {name: urls[kind.name] for name, kind in missing.items()}
        os.environ.update(found, **{SERVERS_VARIABLE: str(servers.home)})
        again(sys.argv)


def again(argv: list[str]) -> None:
    """Replaces this process by a fresh one of the same number: children, the servers among them, stay ours."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *argv])


def owned_servers() -> Servers | None:
    """The embedded servers that this process started before it began again."""
    home = env.text(SERVERS_VARIABLE)
    if not home:
        return None
    parts: dict[str, type[Server]] = {"postgres": Postgres, "valkey": Valkey}
    return Servers(
        Path(home), kinds=tuple(kind for name, kind in parts.items() if (Path(home) / f"{name}.json").exists())
    )


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Holds the installation's lock; CannotRun when another `run` works on this data."""
    data.mkdir(parents=True, exist_ok=True)
    with open(data / "run.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(_already(data)) from None
        yield


def _already(data: Path) -> str:
    try:
        state = json.loads((data / "run.json").read_text())
        where = f"{state['addresses']['inbox']} (process {state['pid']})"
    except (OSError, ValueError, KeyError):
        where = "another terminal"
    return f"Memo runs already on this data at {where}: use that one, or stop it there with Ctrl-C."


class StateFile:
    """`run.json` in the data folder: who runs and where, for tests and a second `run`; for the owner's eyes only."""

    def __init__(self, path: Path, addresses: dict[str, str]) -> None:
        self.path = path
        self.state = {"pid": os.getpid(), "started": Identity.of(os.getpid()).started, "addresses": addresses}

    def write(self, pids: dict[str, int]) -> None:
        fresh = self.path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.state | {"programs": pids}, file, indent=1)
        fresh.replace(self.path)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


@contextmanager
def supervised(addresses: dict[str, str]) -> Iterator[Supervisor]:
    """A supervisor whose state is in `run.json` while it lives; at the end nothing of it is left."""
    state = StateFile(settings.DATA_DIR / "run.json", addresses)
    supervisor = Supervisor(owned_servers(), on_change=state.write)
    try:
        ask_servers()
        load_everything()
        yield supervisor
    finally:
        supervisor.stop()
        state.remove()


def load_everything() -> None:
    """Imports what the programs need, before they are forked: they start at once and share that memory."""
    # Said at every start as root, where the whole installation is somebody's try-out or a container.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "tasks"):
            importlib.import_module(f"{config.name}.tasks")
    len(get_resolver().url_patterns)


def ask_servers() -> None:
    """Both servers answer and let us in; else CannotRun, with the reason, before anything waits for them in vain."""
    found = settings.DATABASES["default"]
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    try:
        psycopg.connect(connect_timeout=10, **{name: found[key] for name, key in names.items() if found[key]}).close()
    except psycopg.OperationalError as error:
        reason = str(error).strip().rpartition("failed: ")[2].split("\n")[0]
        raise CannotRun(f"PostgreSQL does not let us in ({reason}): correct DATABASE_URL, or unset it.") from None
    try:
        with redis.Redis.from_url(settings.VALKEY_URL, retry=Retry(NoBackoff(), 0), socket_timeout=10) as client:
            client.ping()
    except redis.RedisError as error:
        raise CannotRun(f"Valkey does not let us in ({error}): correct VALKEY_URL, or unset it.") from None


def must(supervisor: Supervisor, *command: str, otherwise: str) -> None:
    """One management command to its end; CannotRun with `otherwise` when it fails."""
    if supervisor.once(Program(command[0], "django", command)) != 0:
        raise CannotRun("Stopped." if supervisor.stopping else otherwise)


def prepare(supervisor: Supervisor) -> None:
    """Translations, migrations and, in production, the static files."""
    try:
        catalogues.compile_stale(settings.BASE_DIR)
    except catalogues.CatalogueError as error:
        raise CannotRun(str(error)) from None
    must(
        supervisor, "migrate", "--noinput", "--verbosity", "0",
        otherwise="The database could not be migrated (its words are above): mend the cause and start again.",
    )  # fmt: skip
    if not settings.DEBUG:
        must(
            supervisor, "collectstatic", "--noinput", "--verbosity", "0",
            otherwise=f"The static files could not be written to {settings.STATIC_ROOT}: make that folder writable.",
        )  # fmt: skip


def keep_running(
    supervisor: Supervisor, port: int, *, on_ready: Callable[[], None], each_turn: Callable[[], None] = lambda: None
) -> None:
    """Turns until somebody stops it; calls `on_ready` once /ready says so, complains once when that takes long."""
    begun, ready, complained, next_ask = time.monotonic(), False, False, 0.0
    host = urlsplit(settings.BASE_URL).netloc
    while not supervisor.stopping:
        supervisor.turn()
        if not ready and time.monotonic() > next_ask:
            next_ask = time.monotonic() + _ASK_SECONDS
            ready, reason = healthcheck.ask(f"http://127.0.0.1:{port}/ready", host=host)
            if ready:
                on_ready()
            elif not complained and time.monotonic() - begun > READY_SECONDS:
                complained = True
                supervisor.say(f"Not ready after {READY_SECONDS} s: {reason}. I keep trying; Ctrl-C stops.")
        each_turn()
