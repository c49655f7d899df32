"""memo.healthcheck: 200 is good, everything else comes with its reasons."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from memo import healthcheck
from memo.processes import free_port


@pytest.fixture
def answering() -> Iterator[Callable[[int, bytes], str]]:
    """A server that gives one fixed answer and notes the Host header."""
    servers: list[HTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers["Host"])
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/ready"

    seen: list[str] = []
    start.seen = seen
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_ready_is_good_and_asked_under_the_public_name(answering):
    assert healthcheck.ask(answering(200, b"{}"), host="chat.example.org") == (True, "ready")
    assert answering.seen == ["chat.example.org"]


def test_reasons_are_passed_on(answering):
    body = b'{"parts": {"a": {"ok": true}, "b": {"ok": false, "reason": "no b"}, "c": {"ok": false, "reason": "no c"}}}'
    assert healthcheck.ask(answering(503, body), host="x") == (False, "no b; no c")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"parts": 1}', b'{"parts": {"a": {}}}'])
def test_any_other_answer_is_told_by_its_status(answering, body):
    assert healthcheck.ask(answering(502, body), host="x") == (False, "/ready answered 502")


def test_no_server_is_told():
    good, words = healthcheck.ask(f"http://127.0.0.1:{free_port()}/ready", host="x")
    assert (good, words) == (False, "the web server does not answer (ConnectionRefusedError)")


def test_the_public_name_comes_from_the_base_address(monkeypatch):
    monkeypatch.setenv("MEMO_BASE_URL", "https://chat.example.org")
    assert healthcheck.public_host() == "chat.example.org"
