"""Mail in by SMTP or LMTP: refuses unknown addresses at RCPT, stores and commits before it says 250, no more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from mail import actions, addresses
from mail.parsing import RAW_CAP

log = structlog.get_logger(__name__)
# aiosmtpd would log every address, and with it the tokens.
logging.getLogger("mail.log").setLevel(logging.ERROR)

RECIPIENTS_CAP = 100
CONNECTIONS_CAP = 32
GUESSES_CAP = 100
IDLE_S = 60
# The standard says 998; programs that ignore it would get a bounce for a mail that is otherwise fine.
LINE_CAP = 1024 * 1024

UNKNOWN = "550 5.1.1 There is no such address here"
BUSY = "451 4.3.0 Temporary problem, please try again"
GUESSING = "421 4.7.0 Too many unknown addresses, please come back later"
TOO_MANY = "452 4.5.3 Too many recipients in one mail"


class Door:
    """The handler of aiosmtpd: one instance serves all connections."""

    def __init__(self, *, via: str) -> None:
        self.via = via
        # LMTP owes an answer per recipient after DATA; with one recipient per mail the one answer is right.
        self.recipients_cap = 1 if via == "lmtp" else RECIPIENTS_CAP
        self._unknown: WeakKeyDictionary[Session, int] = WeakKeyDictionary()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:  # noqa: N802
        if len(envelope.rcpt_tos) >= self.recipients_cap:
            return TOO_MANY
        if self._unknown.get(session, 0) >= GUESSES_CAP:
            return GUESSING
        try:
            known = await _in_thread(addresses.is_known, address)
        except DatabaseError:
            log.exception("mail.rcpt_failed")
            return BUSY
        if not known:
            self._unknown[session] = self._unknown.get(session, 0) + 1
            if self._unknown[session] == GUESSES_CAP:
                log.warning("mail.guessing", peer=str(session.peer))
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            row = await _in_thread(self._store, envelope)
        except actions.NotTakenIn as error:
            return f"554 5.6.0 {error}"
        except DatabaseError:
            log.exception("mail.store_failed")
            return BUSY
        return f"250 2.0.0 Stored as {row.public_id}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail.listener_failed", error=type(error).__name__)
        return BUSY

    def _store(self, envelope: Envelope) -> Any:
        return actions.receive(
            bytes(envelope.original_content or b""),
            envelope_from=envelope.mail_from or "",
            envelope_to=[str(one) for one in envelope.rcpt_tos],
            via=self.via,
            now=timezone.now(),
        )


async def listen(*, host: str, port: int, lmtp: bool = False) -> asyncio.Server:
    """A running server; port 0 takes a free one (server.sockets tells which). The caller closes it."""
    door = Door(via="lmtp" if lmtp else "smtp")
    kind: Callable[..., SMTP] = _Lmtp if lmtp else _Smtp
    open_now: set[_Counted] = set()

    def accept() -> asyncio.Protocol:
        if len(open_now) >= CONNECTIONS_CAP:
            return _Full()
        protocol = kind(
            door,
            data_size_limit=RAW_CAP,
            enable_SMTPUTF8=True,
            hostname=settings.MAIL_DOMAIN,
            ident="Memo",
            timeout=IDLE_S,
            command_call_limit={"*": 200, "RCPT": 2000},
        )
        return _Counted(protocol, open_now)

    return await asyncio.get_running_loop().create_server(accept, host, port)


class _Smtp(SMTP):
    line_length_limit = LINE_CAP


class _Lmtp(LMTP):
    line_length_limit = LINE_CAP


class _Counted(asyncio.Protocol):
    """Passes everything on to the real protocol and counts while the connection is open."""

    def __init__(self, inner: Any, open_now: set[_Counted]) -> None:
        self.inner, self.open_now = inner, open_now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open_now.add(self)
        self.inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_now.discard(self)
        self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()


class _Full(asyncio.Protocol):
    """Says that it is busy and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(b"421 4.3.2 Too many connections, please try again\r\n")  # type: ignore[attr-defined]
        transport.close()


async def _in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Runs database work beside the event loop and gives its connection back afterwards."""

    def run() -> Any:
        try:
            return function(*args)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)
