"""Journeys in a real browser against a real server on the test database, with the worker's work done beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.people import PATIENCE_MS, Person, Windows
from tests.browser.proxy import Proxy
from tests.ui.conftest import chromium  # noqa: F401 (a fixture)

ROOT = Path(__file__).resolve().parent.parent.parent
_START_S = 30
expect.set_options(timeout=PATIENCE_MS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    database = settings.DATABASES["default"]
    secret = f":{database['PASSWORD']}" if database.get("PASSWORD") else ""
    return f"postgres://{database['USER']}{secret}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@dataclass
class Live:
    """A running server behind a proxy: `base_url` is what people use, `proxy` can be cut."""

    base_url: str
    process: subprocess.Popen
    proxy: Proxy


def built_files(folder: Path) -> Path:
    """The static files as an installation serves them: named by content, joined, compressed; built once per process."""
    target = folder / "static"
    environment = os.environ | {"MEMO_DEBUG": "", "MEMO_STATIC_DIR": str(target), "DATABASE_URL": database_url()}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)
    return target


def start_server(log: Path, static: Path) -> Live:
    """daphne as an installation runs it, on a free port, reached through a proxy of its own."""
    proxy = Proxy()
    port = proxy.target = free_port()
    base_url = f"http://127.0.0.1:{proxy.port}"
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "VALKEY_URL": settings.VALKEY_URL,
        "MEMO_BASE_URL": base_url,
        "MEMO_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MEMO_MEDIA_DIR": str(log.parent / "media"),
        "MEMO_STATIC_DIR": str(static),
        "MEMO_DEBUG": "",
        "MEMO_DB_POOL": "6",
    }
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "memo.asgi:application"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    _wait_until_up(f"http://127.0.0.1:{port}/up", process, log)
    return Live(base_url, process, proxy)


def _wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    process.kill()
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")


def stop_server(live: Live) -> None:
    live.process.terminate()
    try:
        live.process.wait(10)
    except subprocess.TimeoutExpired:
        live.process.kill()
        live.process.wait(5)
    live.proxy.stop()


@pytest.fixture(scope="session")
def live(django_db_setup, tmp_path_factory):
    """One server for all journeys of this process; every test empties the database after itself."""
    folder = tmp_path_factory.mktemp("server")
    running = start_server(folder / "server.log", built_files(folder))
    yield running
    stop_server(running)


class Worker:
    """Does what the worker and the clock do, a moment after every commit; settle() moves its clock."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.problems: list[BaseException] = []

    def _run(self) -> None:
        try:
            while not self._ended.wait(0.05):
                self._turn(timezone.now(), idle_unless=_has_work)
        finally:
            self._forget_connections()

    def _turn(self, now, *, idle_unless=lambda: True) -> None:
        from conversations.actions import bulk
        from events import due, tasks

        with self._lock:
            try:
                if idle_unless():
                    tasks.react_once()
                    bulk.work(now=now)
                    due.settle(now)
            except Exception as problem:
                self.problems.append(problem)

    def settle(self, now) -> None:
        """Settle what is due at `now`, at once: time moves, nobody waits."""
        done = threading.Thread(target=self._settle_and_forget, args=(now,))
        done.start()
        done.join(10)

    def _settle_and_forget(self, now) -> None:
        try:
            self._turn(now)
        finally:
            self._forget_connections()

    @staticmethod
    def _forget_connections() -> None:
        for one in connections.all(initialized_only=True):
            one.close()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)


def _has_work() -> bool:
    """Whether an event, a deadline or a run over a list waits: one question, as it is asked twenty times a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM events_event WHERE reacted_at IS NULL)"
            " OR EXISTS (SELECT FROM events_due WHERE due_at <= %s)"
            " OR EXISTS (SELECT FROM conversations_bulkrun WHERE finished_at IS NULL)",
            [timezone.now()],
        )
        return cursor.fetchone()[0]


@pytest.fixture
def worker(transactional_db, chromium):  # noqa: F811
    """Reactions and deadlines are settled while a journey goes on."""
    running = Worker()
    yield running
    running.stop()
    _until_nothing_runs()
    assert running.problems == []


@pytest.fixture
def scene(chromium, transactional_db, live, worker):  # noqa: F811
    """The cast on the server's database; the browser first, so that both see the same connections."""
    from tests.cast import make_cast

    return make_cast()


def _until_nothing_runs() -> None:
    """The server has done with the last requests: emptying the tables would wait for them, or they for it."""
    calm = 0
    until = time.monotonic() + 10
    while calm < 3 and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND (state <> 'idle' OR state_change > clock_timestamp() - interval '60 ms')"
            )
            calm = 0 if cursor.fetchone()[0] else calm + 1
        time.sleep(0.03)


@pytest.fixture
def outage(live):
    """cut() and mend() what lies between the browsers and the server."""
    yield live.proxy
    live.proxy.mend()


@pytest.fixture
def request_of(scene):
    """request_of(user): a conversation that this user has accepted, and the visitor who asks in it."""
    from tests.cast import accepted_by, make_visitor

    def begin(user, body: str = "Can the lamp be shortened?", **visitor_fields):
        visitor = make_visitor(scene.nordlicht, **visitor_fields)
        conversation = accepted_by(user, scene.support, body, visitor=visitor, now=timezone.now())
        return conversation, visitor

    return begin


def say(conversation, person, body: str, *, client_id=None, **fields):
    """Somebody writes: a visitor, or a user of the team."""
    from accounts.models import User
    from conversations.actions.posting import post_message
    from conversations.authors import Author

    team = isinstance(person, User)
    return post_message(
        conversation,
        author=Author.of_user(person) if team else Author.of_visitor(person),
        body=body,
        client_id=client_id or uuid4(),
        via="app" if team else "widget",
        role="team_member" if team else "",
        may_post=team,
        now=timezone.now(),
        **fields,
    ).message


@pytest.fixture(scope="session")
def windows(live):
    """The browser windows of this process that nobody uses at the moment."""
    return Windows(live.base_url)


@pytest.fixture
def person(chromium, live, worker, windows):  # noqa: F811
    """person(user, **options): their browser; it closes before the worker ends and the tables are emptied."""
    people: list[Person] = []

    def arrive(user, **options) -> Person:
        people.append(Person(chromium, live, user, windows=windows, **options))
        return people[-1]

    yield arrive
    for one in people:
        one.leave()
    found = [problem for one in people for problem in one.unexpected()]
    assert found == []
