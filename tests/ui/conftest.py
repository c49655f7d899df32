"""A browser for the pages and modules of ui: no server and no network, every answer comes from this process."""

from __future__ import annotations

import contextvars
import json
import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.utils.html import escape

from devtools import browser as browsers
from tests import shared_browser
from tests.browser.people import PATIENCE_MS
from ui import bundles

ROOT = Path(__file__).resolve().parent.parent.parent
LAB = "https://memo.test"  # browsers give locks, badges and service workers to secure pages only
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' wss:; img-src 'self' data:; font-src 'self'"


@pytest.fixture
def chromium(django_db_setup, django_db_blocker):
    """The browser of this process; skipped loudly without one, a failure where one is required."""
    path = browsers.find_chromium()
    if path is None:
        (pytest.fail if browsers.required() else pytest.skip)(f"no Chromium: {browsers.ADVICE}")
    return shared_browser.opened(path, browsers.arguments(), django_db_blocker)


def static_file(address: str) -> tuple[bytes, str]:
    """What lies below /static/, and its type."""
    name = address.removeprefix("/static/")
    path = bundles.BundleFinder().find(name) or finders.find(name)
    return Path(path).read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream"


def import_map() -> str:
    from ui import modules

    return modules.import_map()


class Lab:
    """An empty page of our own in which a test imports our modules: lab.run("import(…)")."""

    def __init__(self, context, markup: str = "") -> None:
        self.markup = markup
        self.problems: list[str] = []
        self.context = context
        context.route(f"{LAB}/**", self._answer)
        self.page = self.open()

    def open(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{LAB}/")
        return page

    def _answer(self, route) -> None:
        address = urlsplit(route.request.url).path
        if address.startswith("/static/"):
            content, kind = static_file(address)
            route.fulfill(body=content, content_type=kind)
            return
        html = (
            f'<!doctype html><html lang="en"><head><title>Lab – Memo</title><link rel="icon" id="favicon" href="/static/ui/favicon.svg">'
            f'<link rel="stylesheet" href="/static/ui/css/memo.css"><script type="importmap" nonce="n">{import_map()}</script></head>'
            f"<body>{self.markup}</body></html>"
        )
        policy = POLICY.replace("script-src 'self'", "script-src 'self' 'nonce-n'")
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})

    def run(self, code: str, argument=None, page=None):
        """Runs `async (argument) => {code}` in the page; `use(name)` imports a module."""
        return (page or self.page).evaluate(f"async (argument) => {{ const use = (n) => import(n); {code} }}", argument)


@pytest.fixture
def lab(chromium, request):
    """A Lab; the markup of its page comes from @pytest.mark.parametrize("lab", [html], indirect=True)."""
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin", service_workers="block")
    context.set_default_timeout(PATIENCE_MS)
    opened = Lab(context, getattr(request, "param", ""))
    yield opened
    context.close()
    assert opened.problems == []


class Site:
    """The real pages, answered by Django's test client inside the test's own transaction."""

    origin = "http://testserver"

    def __init__(self, chromium) -> None:
        self._chromium = chromium
        self._contexts: list = []
        self.client = Client()
        connection.ensure_connection()
        self._here = contextvars.copy_context()

    def page(self, path: str, **options):
        """The page in a fresh context of the browser."""
        view = {"width": 1280, "height": 800}
        calm = {"service_workers": "block", "reduced_motion": "reduce", "locale": "en-GB"}
        context = self._chromium.new_context(viewport=view, **calm, **options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.route("**/*", self._answer)
        page = context.new_page()
        page.add_init_script(
            "window.violations = []; addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI))"
        )
        page.route_web_socket("**/ws/**", lambda _socket: None)
        page.goto(self.origin + path)
        return page

    def _answer(self, route) -> None:
        parts = urlsplit(route.request.url)
        if parts.path.startswith("/static/"):
            content, kind = static_file(parts.path)
            route.fulfill(body=content, content_type=kind)
            return
        # Playwright calls from a context of its own, in which Django would open another connection.
        answer = self._here.run(self._ask, route.request, parts.path + (f"?{parts.query}" if parts.query else ""))
        if answer.status_code in (301, 302, 303):
            # A redirect of an answer made here would go to the network.
            body = f'<meta http-equiv="refresh" content="0;url={escape(answer["Location"])}">'
            route.fulfill(body=body, content_type="text/html")
            return
        kept = {name: value for name, value in answer.items() if name.lower() != "content-length"}
        route.fulfill(status=answer.status_code, headers=kept, body=answer.content)

    def _ask(self, request, target: str):
        told = ("accept", "accept-language", "referer", "origin")
        headers = {name: value for name, value in request.headers.items() if name in told}
        kind = request.headers.get("content-type", "application/octet-stream")
        return self.client.generic(
            request.method, target, data=request.post_data_buffer or b"", content_type=kind, headers=headers
        )

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def site(chromium, db):
    """A Site."""
    opened = Site(chromium)
    yield opened
    opened.close()


def axe(page, rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong (WCAG 2.2 A and AA, and good practice, or these rules alone), one line each."""
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(reduced_motion="reduce")  # what comes meanwhile is there at once
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
          .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))"""
    )  # a colour on its way is no colour to judge
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = (
        Axe()
        .run(page, options={"resultTypes": ["violations"], "runOnly": rules or tags, "preload": False})
        .response["violations"]
    )
    page.emulate_media(reduced_motion="null")
    return [f"{v['id']}: {json.dumps([n['html'][:160] for n in v['nodes'][:3]])}" for v in found]
