"""A real server, a foreign site on another host name, and Chromium in the middle."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from conversations.actions import ringing
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Conversation, Message, Offer
from devtools.browser import ADVICE, arguments, find_chromium, required
from memo.demo_site.server import policy

ROOT = Path(__file__).resolve().parents[3]
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/host.css">{head}</head>
<body><main><h1>A shop</h1><p>With <a href="/other">another page</a>.</p></main>{body}</body></html>"""


@dataclass
class Site:
    """A foreign website: what it serves by path, under its own strict policy."""

    origin: str
    memo: str
    key: str = ""
    lang: str = "en"
    attributes: str = ""
    head: str = ""
    css: str = "body { font: 16px/1.5 serif; }"
    policy: str | None = None

    def page(self) -> bytes:
        snippet = f'<script async src="{self.memo}/w/memo.js" data-key="{self.key}" {self.attributes}></script>'
        return PAGE.format(lang=self.lang, head=self.head, body=snippet).encode()


@pytest.fixture(scope="session")
def memo_server(django_db_setup) -> Iterator[str]:
    """The address of a daphne on the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = connection.settings_dict
    address = f"http://127.0.0.1:{port}"
    user, host = database["USER"], f"{database['HOST']}:{database['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{user}:{database['PASSWORD']}@{host}/{database['NAME']}",
        "VALKEY_URL": django_settings.VALKEY_URL,
        "MEMO_BASE_URL": address,
        "MEMO_DEBUG": "1",
        "MEMO_MEDIA_DIR": str(ROOT / ".dev" / "test-media"),
        "MEMO_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "memo.asgi:application"]
    log = ROOT / ".dev" / "test-daphne.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            _wait_for(port, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    pause = threading.Event()
    for _ in range(300):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.1)
    pytest.fail(f"The server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def chromium(memo_server: str):
    """The browser; a run without one is skipped, in CI it fails.

    It ends with its module: Playwright's event loop would be in the way of tests that have a loop of their own.
    """
    path = find_chromium()
    if path is None:
        (pytest.fail if required() else pytest.skip)(f"No Chromium: {ADVICE}")
    from playwright.sync_api import sync_playwright

    # That loop runs in this thread; what Django does here is still synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(memo_server: str) -> Iterator[Site]:
    """The foreign site, on “localhost”: for browsers another site than 127.0.0.1, where the widget lives."""
    shop = Site("", memo_server)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_style = self.path == "/host.css"
            body = shop.css.encode() if is_style else shop.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if is_style else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", shop.policy or policy(shop.memo))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.origin = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield shop
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass
class Shopper:
    """A person on the shop's page, in a browser of their own."""

    page: object
    site: Site
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def visit(self, path: str = "/") -> None:
        self.page.goto(self.site.origin + path)
        self.page.wait_for_function("() => window.memo && window.memo.v && document.querySelector('memo-widget')")

    def call(self, *arguments: object) -> None:
        """memo(…)"""
        self.page.evaluate("(given) => { window.memo(...given) }", list(arguments))

    @property
    def bare_frame(self):
        """The widget's frame as soon as there is one."""
        for _ in range(200):
            for one in self.page.frames:
                if "/w/frame/" in one.url:
                    return one
            self.page.wait_for_timeout(25)
        raise AssertionError("no frame")

    @property
    def frame(self):
        """The widget's frame, ready to use."""
        found = self.bare_frame
        found.wait_for_selector("header.head", state="attached")
        return found

    def open(self):
        """Open the chat by its button; the frame."""
        size = self.page.viewport_size
        self.page.mouse.click(size["width"] - 52, size["height"] - 52)
        return self.frame

    def write(self, text: str) -> None:
        box = self.frame.locator("textarea")
        box.fill(text)
        box.press("Enter")


@pytest.fixture
def shopper(chromium, site: Site, cast, clean_valkey, transactional_db) -> Iterator[Callable[..., Shopper]]:
    """shopper(**context options): opens a browser of its own; complaints of any page fail the test at its end."""
    cast.widget.allowed_origins = [site.origin]
    cast.widget.greeting = "Moin! What can we light up for you?"
    cast.widget.save()
    site.key = cast.widget.public_key
    opened = []

    def enter(**options) -> Shopper:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | options))
        context.set_default_timeout(10_000)
        person = Shopper(context.new_page(), site)
        person.page.on("console", lambda entry: _note(person, entry))
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        person.page.on("request", lambda request: person.requests.append(request.url))
        opened.append((context, person))
        return person

    yield enter
    for context, _ in opened:
        context.close()
    assert [person.complaints for _, person in opened] == [[] for _ in opened]


def _note(person: Shopper, entry) -> None:
    if entry.type == "error" and not entry.location["url"].endswith("/favicon.ico"):
        person.complaints.append(entry.text)


@dataclass
class Team:
    """What the people at Nordlicht do."""

    cast: object

    def wait(self, condition: Callable[[], object], page) -> None:
        """At most two seconds: the bar of E-12."""
        for _ in range(80):
            if condition():
                return
            page.wait_for_timeout(25)
        pytest.fail("not within two seconds")

    def conversation(self) -> Conversation:
        return Conversation.objects.select_related("head", "channel", "company").filter(kind="customer").latest("id")

    def accept(self) -> Offer:
        conversation = self.conversation()
        offer = Offer.objects.get(conversation=conversation, state="pending")
        ringing.accept(conversation, user=offer.user, now=timezone.now())
        return offer

    def answer(self, body: str) -> Message:
        conversation = self.conversation()
        user = conversation.head.assignee or self.accept().user
        return post_message(
            conversation,
            author=Author.of_user(user),
            body=body,
            client_id=uuid.uuid4(),
            via="app",
            role="team_member",
            now=timezone.now(),
        ).message


@pytest.fixture
def team(cast) -> Team:
    """The other side."""
    return Team(cast)
