"""Serves the foreign website with a strict policy of its own, as a careful site owner would."""

from __future__ import annotations

from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_FOLDER = Path(__file__).parent
_PAGES = {"/": "shop.html", "/plain": "plain.html"}
_FILES = {"/shop.css": "text/css; charset=utf-8", "/lamp.svg": "image/svg+xml"}


def policy(memo: str) -> str:
    """The host page's Content-Security-Policy: the widget must live with its script and its frame being allowed."""
    return f"default-src 'none'; script-src {memo}; frame-src {memo}; style-src 'self'; img-src 'self'"


def render(name: str, *, memo: str, key: str) -> bytes:
    """A page with the snippet's address and key filled in."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return text.replace("{memo}", escape(memo)).replace("{key}", escape(key)).encode()


class Handler(BaseHTTPRequestHandler):
    """GET of two pages, a style sheet and an icon; everything else is 404."""

    server_version = "shop"
    sys_version = ""

    def __init__(self, memo: str, key: str, *arguments: object) -> None:
        self.memo, self.key = memo, key
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in _PAGES:
            self._answer(200, render(_PAGES[path], memo=self.memo, key=self.key), "text/html; charset=utf-8")
        elif path in _FILES:
            self._answer(200, (_FOLDER / path[1:]).read_bytes(), _FILES[path])
        else:
            self._answer(404, b"There is no such page.\n", "text/plain; charset=utf-8")

    do_HEAD = do_GET  # noqa: N815 (the name that http.server looks for)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy(self.memo))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent: what happens here is nobody's business."""


def make(port: int, *, memo: str, key: str) -> ThreadingHTTPServer:
    """The listening server; `memo` is the inbox's origin (scheme, host, port). Port 0 takes a free one."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(memo))
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, origin, key))
