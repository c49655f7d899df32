"""The catcher's pages: list, one mail, its HTML in a sandbox, raw; and /api/mails for tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from django.template import Context, Engine
from django.utils import timezone

from mail.catcher import answers
from mail.catcher.store import Caught, Store

_HERE = Path(__file__).resolve().parent
_FORM_CAP = 1024 * 1024
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# The mail itself: it may look like itself, and nothing else. Links open in a tab of their own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_engine = Engine(dirs=[str(_HERE / "templates")])


def viewer(store: Store, *, host: str, port: int, reply_port: int) -> ThreadingHTTPServer:
    """The web server of the catcher, not yet running; port 0 takes a free one."""
    handler = type("Handler", (_Handler,), {"store": store, "reply_port": reply_port})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    store: Store
    reply_port: int
    server_version = "Memo"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case [""]:
                self._list(parse_qs(parts.query))
            case ["catcher.css"]:
                self._send(200, (_HERE / "catcher.css").read_bytes(), "text/css; charset=utf-8")
            case ["favicon.svg"]:
                self._send(200, (_HERE / "favicon.svg").read_bytes(), "image/svg+xml")
            case ["api", "mails"]:
                self._json([mail.as_data() for mail in _matching(self.store.all(), parse_qs(parts.query))])
            case ["api", "mails", name]:
                self._with(name, lambda mail: self._json(mail.as_data()))
            case ["mail", name]:
                self._with(name, lambda mail: self._page("mail.html", self._one(mail, parse_qs(parts.query))))
            case ["mail", name, "html"]:
                self._with(name, self._sandboxed)
            case ["mail", name, "raw"]:
                self._with(name, lambda mail: self._send(200, mail.raw, "text/plain; charset=utf-8"))
            case _:
                self._not_found()

    def do_POST(self) -> None:
        if not self._is_own_origin():
            return self._send(403, b"Only from this page.", "text/plain; charset=utf-8")
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["clear"]:
                self.store.clear()
                self._redirect("/")
            case ["mail", name, "reply"]:
                form = {key: values[0] for key, values in parse_qs(self._body().decode("utf-8", "replace")).items()}
                self._with(name, lambda mail: self._reply(mail, form))
            case ["api", "mails", name, "reply"]:
                self._with(name, self._reply_by_api)
            case _:
                self._not_found()
        return None

    def do_DELETE(self) -> None:
        if urlsplit(self.path).path.rstrip("/") != "/api/mails" or not self._is_own_origin():
            return self._not_found()
        return self._json({"deleted": self.store.clear()})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent: the list shows what came in."""

    def _list(self, query: dict[str, list[str]]) -> None:
        mails = [_row(mail) for mail in _matching(self.store.all(), query)]
        self._page("list.html", {"mails": mails, "to": query.get("to", [""])[0], "count": len(mails)})

    def _one(self, mail: Caught, query: dict[str, list[str]]) -> dict:
        headers = [(name, str(value)) for name, value in mail.message.items()]
        return {
            **_row(mail),
            "headers": headers,
            "text": mail.body("plain"),
            "has_html": bool(mail.body("html")),
            "envelope_from": mail.envelope_from,
            "envelope_to": ", ".join(mail.envelope_to),
            "sender": parseaddr(mail.header("To"))[1],
            "answerable": bool(mail.header("Reply-To")),
            "said": query.get("said", [""])[0],
            "failed": bool(query.get("failed")),
        }

    def _sandboxed(self, mail: Caught) -> None:
        page = f'<!doctype html><meta charset="utf-8"><base target="_blank">{mail.body("html")}'
        self._send(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8", policy=_MAIL_POLICY)

    def _reply(self, mail: Caught, form: dict[str, str]) -> None:
        try:
            said, failed = self._hand_over(mail, form), ""
        except answers.NotTaken as error:
            said, failed = str(error), "&failed=1"
        self._redirect(f"/mail/{mail.id}?said={quote(said[:300])}{failed}#reply")

    def _reply_by_api(self, mail: Caught) -> None:
        try:
            form = json.loads(self._body() or b"{}")
            self._json({"said": self._hand_over(mail, form)})
        except answers.NotTaken as error:
            self._json({"error": str(error)}, status=502)
        except (ValueError, AttributeError):
            self._json({"error": "Send a JSON object with text, sender and automatic."}, status=400)

    def _hand_over(self, mail: Caught, form: dict) -> str:
        reply = answers.answer(
            mail,
            text=str(form.get("text", "")).replace("\r\n", "\n"),
            sender=" ".join(str(form.get("sender", "")).split()),
            automatic=bool(form.get("automatic")),
            now=timezone.localtime(),
        )
        return answers.hand_over(reply, port=self.reply_port)

    def _with(self, name: str, then: Any) -> None:
        mail = self.store.get(name)
        then(mail) if mail else self._not_found()

    def _is_own_origin(self) -> bool:
        """A page of somebody else in the same browser must not clear the list or send mails."""
        origin = self.headers.get("Origin")
        return not origin or urlsplit(origin).netloc == self.headers.get("Host")

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _FORM_CAP))

    def _page(self, name: str, context: dict) -> None:
        text = _engine.get_template(name).render(Context(context))
        self._send(200, text.encode(), "text/html; charset=utf-8")

    def _json(self, data: object, status: int = 200) -> None:
        self._send(status, json.dumps(data).encode(), "application/json")

    def _redirect(self, where: str) -> None:
        self.send_response(303)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _not_found(self) -> None:
        self._send(404, b"There is no such mail.", "text/plain; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str, *, policy: str = _POLICY) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _matching(mails: list[Caught], query: dict[str, list[str]]) -> list[Caught]:
    """?to=… keeps the mails whose envelope names that address."""
    wanted = query.get("to", [""])[0].strip().lower()
    return [mail for mail in mails if not wanted or any(wanted in one.lower() for one in mail.envelope_to)]


def _row(mail: Caught) -> dict:
    name, address = parseaddr(mail.header("From"))
    text = " ".join(line for line in mail.body("plain").split("\n") if not line.startswith("##-"))
    return {
        "id": mail.id,
        "name": name or address,
        "address": address,
        "initials": "".join(word[0] for word in (name or address).split()[:2]).upper(),
        "hue": sum(address.encode() + name.encode()) % 8 + 1,
        "to": mail.header("To"),
        "subject": mail.header("Subject") or "(no subject)",
        "preview": " ".join(text.split())[:160],
        "at": datetime.fromtimestamp(mail.received_at, tz=UTC).astimezone(timezone.get_current_timezone()),
        "milliseconds": f"{mail.received_at % 1:.3f}"[2:],
        "automatic": bool(mail.header("Auto-Submitted")),
    }
