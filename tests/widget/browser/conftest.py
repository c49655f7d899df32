"""A foreign site on another host name, people on it, and the team on the other side."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from conversations.actions import ringing
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Conversation, Message, Offer
from memo.demo_site.server import policy
from tests.browser.conftest import live  # noqa: F401 (a fixture)
from tests.ui.conftest import chromium  # noqa: F401 (a fixture)

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


@pytest.fixture
def site(live) -> Iterator[Site]:  # noqa: F811
    """The foreign site, on “localhost”: for browsers another site than 127.0.0.1, where the widget lives."""
    shop = Site("", live.base_url)

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
        frame = self.frame
        frame.locator("textarea").fill(text)
        if frame.evaluate("matchMedia('(pointer: coarse)').matches"):
            frame.locator("button[type=submit]").click()  # there, Enter begins a line
        else:
            frame.locator("textarea").press("Enter")


@pytest.fixture
def shopper(
    chromium,  # noqa: F811
    site: Site,
    cast,
    clean_valkey,
    transactional_db,
) -> Iterator[Callable[..., Shopper]]:
    """shopper(**context options): opens a browser of its own; complaints of any page fail the test at its end."""
    cast.widget.allowed_origins = [site.origin]
    cast.widget.greeting = cast.widget.greeting or "Moin! What can we light up for you?"
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
