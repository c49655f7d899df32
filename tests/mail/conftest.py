"""A mail domain of its own, a builder of raw mails, and a way to send them in and see what the handler got."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from mail import actions, addresses, routing
from mail.models import IncomingMail
from mail.routing import Outcome

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEN = "ben@nordlicht.example"


@pytest.fixture(autouse=True)
def mail_settings(settings):
    """Addresses live at memo.example; no mail server of our own vouches for senders unless a test says so."""
    settings.MAIL_DOMAIN = "memo.example"
    settings.DEFAULT_FROM_EMAIL = "Memo <notify@memo.example>"
    settings.MAIL_AUTHSERV_ID = ""
    return settings


def raw_mail(
    text: str | None = "Yes, that is fine.",
    *,
    to: str = "support@memo.example",
    sender: str | None = f"Ben Fuchs <{BEN}>",
    subject: str | None = "Re: Two lamps",
    message_id: str | None = "<one@nordlicht.example>",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> bytes:
    """A mail as bytes; `headers` come first, `body` (with its own Content-Type among the headers) replaces `text`."""
    lines = [*headers]
    for name, value in (("From", sender), ("To", to), ("Subject", subject), ("Message-ID", message_id)):
        if value is not None:
            lines.append((name, value))
    names = {name.lower() for name, _ in lines}
    if text is not None and "content-type" not in names:
        lines.append(("Content-Type", "text/plain; charset=utf-8"))
        lines.append(("Content-Transfer-Encoding", "8bit"))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines).encode("utf-8", "surrogateescape")
    content = body if body is not None else (text or "").replace("\n", "\r\n").encode()
    return head + b"\r\n" + content


def multipart(*parts: tuple[str, bytes], kind: str = "mixed") -> tuple[tuple[tuple[str, str], ...], bytes]:
    """(headers, body) of a multipart mail; a part is (its headers, its content)."""
    body = b"".join(b"--frontier\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return (
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/{kind}; boundary="frontier"'),
    ), body + b"--frontier--\r\n"


@pytest.fixture
def ben_address(db) -> str:
    """The reply address that Ben, a user, got for conversation 7."""
    return addresses.reply_address(kind="conversation", subject_id=7, recipient="user:5", recipient_email=BEN, now=NOW)


@pytest.fixture
def kim_address(db) -> str:
    """The reply address that Kim, a customer, got for conversation 7."""
    return addresses.reply_address(
        kind="conversation", subject_id=7, recipient="customer:9", recipient_email="kim@abc.example", now=NOW
    )


@dataclass
class House:
    """What the floors above were told."""

    posted: list = field(default_factory=list)
    held: list = field(default_factory=list)
    undelivered: list = field(default_factory=list)

    def handler(self, *, mail, address, incoming, now) -> Outcome:
        self.posted.append((address.recipient, mail))
        return Outcome(routing.POSTED, f"message in conversation {address.subject_id}")

    @property
    def texts(self) -> list[str]:
        return [mail.text for _, mail in self.posted]


@pytest.fixture
def house(monkeypatch) -> House:
    """Stands for the conversations above: takes in mails, is told what was held and what did not arrive."""
    house = House()
    monkeypatch.setitem(routing.HANDLERS, "conversation", house.handler)
    monkeypatch.setitem(
        routing.HELD_HANDLERS,
        "conversation",
        lambda *, address, incoming, outcome, now: house.held.append((address.recipient, outcome.name, outcome.reason)),
    )
    monkeypatch.setitem(routing.UNDELIVERED, "notice", lambda *, mail, now: house.undelivered.append(mail.key))
    return house


@pytest.fixture
def deliver(db):
    """deliver(raw, to, sender): receive and process at once; the row with its outcome."""

    def run(raw: bytes, to: str = "", *, envelope_from: str | None = BEN, now=NOW) -> IncomingMail:
        row = actions.receive(raw, envelope_from=envelope_from, envelope_to=[to] if to else [], via="smtp", now=now)
        actions.process_received(now=now)
        row.refresh_from_db()
        return row

    return run


@pytest.fixture
def queued(db):
    """queued(key, **fields): one mail in the queue."""

    def run(key: str = "notice:1", **fields):
        given = {
            "to": BEN,
            "subject": "Two lamps missing",
            "text": "Kim Berg wrote: two of the eight lamps are missing from the crate.",
            "html": "<p>Two of the eight lamps are missing.</p>",
            "sender_name": "Kim Berg via Nordlicht",
            "message_id": addresses.message_id("c", "uuid", key),
            "auto": False,
            "now": NOW,
            **fields,
        }
        return actions.queue(key=key, **given)

    return run
