"""Stories on the real clock: one installation as `make run` starts it, shared by all stories; a company for each story.

The process that collects the stories starts web, worker, beat, the mail catcher and the mail listener; the parallel
processes inherit their addresses. Everything is stopped by its pid.
"""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from memo import processes, programs
from tests.browser.people import Person
from tests.ui.conftest import chromium  # noqa: F401 (a fixture)

ROOT = Path(__file__).resolve().parents[2]
_started: list[subprocess.Popen] = []


def pytest_configure(config) -> None:
    """Start the installation once, before the parallel processes begin."""
    if os.environ.get("PYTEST_XDIST_WORKER") or "STORY_WEB" in os.environ or not os.environ.get("DATABASE_URL"):
        return
    web, catcher, smtp, listener = (processes.free_port() for _ in range(4))
    os.environ |= {
        "MEMO_BASE_URL": f"http://127.0.0.1:{web}",
        "MEMO_DEBUG": "1",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "MEMO_MAIL_DOMAIN": "memo.example",
        "STORY_WEB": str(web),
        "STORY_MAILS": str(catcher),
        "STORY_MAIL_IN": str(listener),
    }
    _run("manage.py", "migrate", "-v", "0")
    for program in (
        programs.mail_catcher(smtp, catcher, listener),
        programs.web("daphne", "127.0.0.1", web),
        programs.worker(8),
        programs.beat(),
        programs.mail_listener(listener),
    ):
        log = (Path(config.rootpath) / ".dev" / f"story-{program.name}.log").open("wb")
        _started.append(
            subprocess.Popen([sys.executable, *program.argv], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        )
    _wait_ready(f"http://127.0.0.1:{web}/ready")


def _run(*arguments: str) -> None:
    (ROOT / ".dev").mkdir(exist_ok=True)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, timeout=180)


def _wait_ready(url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.exit("the installation of the stories did not become ready; see .dev/story-*.log", 1)


def pytest_unconfigure(config) -> None:
    """Stop what this process started."""
    for process in reversed(_started):
        process.terminate()
    for process in _started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    _started.clear()


@pytest.fixture(scope="session")
def django_db_setup():
    """No throw-away database: the stories use the one of the running installation."""


@pytest.fixture(scope="session")
def base_url() -> str:
    """The address of the installation."""
    return os.environ["MEMO_BASE_URL"]


@pytest.fixture(autouse=True)
def real_database(django_db_blocker):
    """The stories look into the installation's own database."""
    with django_db_blocker.unblock():
        yield


def until(page, expression: str, *, seconds: float = 15) -> None:
    """Wait until the expression is true; by asking again and again, since the pages' policy forbids eval."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(50)


@dataclass
class Story:
    """A company of its own with Anna (admin), Ben, Cem and Dora, and a website of its own with the chat on it."""

    base_url: str
    world: object
    key: str
    site: str
    browser: object
    people: list[Person] = field(default_factory=list)
    visitors: list = field(default_factory=list)

    def agent(self, user, **options) -> Person:
        """A signed-in agent with the inbox open, socket up."""
        person = Person(self.browser, SimpleNamespace(base_url=self.base_url), user, **options)
        person.page.goto("/conversations/")
        until(person.page, "customElements.get('memo-rings') !== undefined")
        self.people.append(person)
        return person

    def visitor(self, path: str = "/", **options):
        """A visitor's page on the foreign site with the chat open; returns (page, frame)."""
        context = self.browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        context.set_default_timeout(15_000)
        page = context.new_page()
        self.visitors.append(context)
        page.goto(self.site + path)
        return page, self.open_chat(page)

    def open_chat(self, page):
        """Open the chat by its button and return its frame, ready to be written in."""
        until(page, "document.querySelector('memo-widget') !== null")
        page.evaluate("memo('open')")
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            found = [frame for frame in page.frames if "/w/frame/" in frame.url]
            if found and found[0].locator("textarea:visible").count():
                return found[0]
            page.wait_for_timeout(50)
        raise AssertionError("the chat did not open")

    def clock(self) -> float:
        """Seconds, for measuring."""
        return time.monotonic()

    def close(self) -> None:
        """Close every browser context of the story."""
        for person in self.people:
            person.leave()
        for context in self.visitors:
            context.close()


class _Site(BaseHTTPRequestHandler):
    """A foreign page with nothing but the snippet, under a strict policy."""

    snippet = ""
    memo = ""

    def do_GET(self) -> None:
        """Serve the page."""
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        body = (
            f"<!doctype html><html lang=en>{head}<title>Shop</title><h1>Shop</h1><p>Lamps.</p>{self.snippet}".encode()
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        policy = f"default-src 'none'; script-src {self.memo}; frame-src {self.memo}; style-src 'self'"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        """Silent."""


@pytest.fixture
def story(chromium, base_url):  # noqa: F811
    """story(escalate=10, members=3, rounds=3, assignment=True): a Story; its browsers are closed at the end."""
    made: list[tuple[Story, ThreadingHTTPServer]] = []

    def begin(**options) -> Story:
        world, key = _world(**options)
        handler = type("Site", (_Site,), {"memo": base_url})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        site = f"http://localhost:{server.server_port}"
        handler.snippet = f'<script async src="{base_url}/w/memo.js" data-key="{key}"></script>'
        world.widget.allowed_origins = [site]
        world.widget.save()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        one = Story(base_url, world, key, site, chromium)
        made.append((one, server))
        return one

    yield begin
    for one, server in made:
        one.close()
        server.shutdown()
        server.server_close()


def _world(*, escalate: int = 10, members: int = 3, rounds: int = 3, assignment: bool = True, channel: bool = True):
    """Rows of a company of its own; names as in the scenarios."""
    from tests import cast

    tag = uuid4().hex[:8]
    company = cast.make_company(f"Nordlicht {tag}")
    anna = cast.make_user(company, "Anna", "Berg", role="admin", domain=tag)
    ben, cem, dora = (
        cast.make_user(company, first, last, domain=tag)
        for first, last in (("Ben", "Fuchs"), ("Cem", "Aydın"), ("Dora", "Lindqvist"))
    )
    inbox = cast.make_inbox(company, "Support", ben, cem, dora, assignment_enabled=assignment)
    ring = cast.make_channel(
        inbox,
        "Support",
        *(ben, cem, dora)[:members],
        escalate_after_s=escalate,
        max_rounds=rounds,
        ring_enabled=channel,
    )
    widget = cast.make_widget(company, ring)
    world = SimpleNamespace(
        company=company, anna=anna, ben=ben, cem=cem, dora=dora, inbox=inbox, channel=ring, widget=widget, tag=tag
    )
    return world, widget.public_key


class Mails:
    """What the installation sent, and a way to answer it."""

    def __init__(self, catcher: int, listener: int) -> None:
        self._url, self._listener = f"http://127.0.0.1:{catcher}/api/mails", listener

    def to(self, address: str) -> list[dict]:
        """The caught mails to one address, oldest first."""
        with urllib.request.urlopen(self._url, timeout=5) as answer:
            found = json.load(answer)
        mails = found["mails"] if isinstance(found, dict) else found
        return sorted((m for m in mails if address in m["envelope_to"]), key=lambda m: m["received_at"])

    def wait(self, address: str, *, count: int, seconds: float) -> list[dict]:
        """Wait until `count` mails to the address were caught."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.to(address)
            if len(found) >= count:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{len(self.to(address))} of {count} mails to {address} after {seconds} s")

    def answer(self, mail: dict, text: str, *, sender: str, headers: dict[str, str] | None = None) -> bytes:
        """Answer a caught mail as a mail program does: text above the quote, signature below; returns the raw mail."""
        reply = EmailMessage()
        reply["From"], reply["To"] = sender, mail["reply_to"]
        reply["Subject"] = f"Re: {mail['subject']}"
        reply["Message-ID"], reply["In-Reply-To"] = make_msgid(domain="abc.example"), mail["message_id"]
        for name, value in (headers or {}).items():
            reply[name] = value
        quote = "\n".join(f"> {line}" for line in mail["text"].splitlines())
        reply.set_content(f"{text}\n\nOn Sat, 21 Nov 2026 at 10:00, Memo wrote:\n{quote}\n\n-- \nSent from my pocket\n")
        raw = reply.as_bytes()
        self.deliver(raw, sender=sender, to=mail["reply_to"])
        return raw

    def deliver(self, raw: bytes, *, sender: str, to: str) -> None:
        """Hand a raw mail to the mail listener."""
        with smtplib.SMTP("127.0.0.1", self._listener, timeout=10) as smtp:
            smtp.sendmail(sender, [to], raw)


@pytest.fixture(scope="session")
def mails() -> Mails:
    """The mail catcher and the mail listener of the installation."""
    return Mails(int(os.environ["STORY_MAILS"]), int(os.environ["STORY_MAIL_IN"]))
