"""The catcher's mail server: takes every mail for anybody and delivers none."""

from __future__ import annotations

import asyncio
import logging

from aiosmtpd.smtp import SMTP, Envelope, Session

from mail.catcher.store import Store
from mail.parsing import RAW_CAP

logging.getLogger("mail.log").setLevel(logging.ERROR)


class _Smtp(SMTP):
    line_length_limit = 1024 * 1024


class _Sink:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        caught = self.store.add(
            bytes(envelope.original_content or b""),
            envelope_from=envelope.mail_from or "",
            envelope_to=[str(one) for one in envelope.rcpt_tos],
        )
        return f"250 2.0.0 Caught as {caught.id}"


async def catch(store: Store, *, host: str, port: int) -> asyncio.Server:
    """A running mail server; port 0 takes a free one."""

    def accept() -> _Smtp:
        return _Smtp(_Sink(store), data_size_limit=RAW_CAP, enable_SMTPUTF8=True, hostname="localhost", ident="Memo")

    return await asyncio.get_running_loop().create_server(accept, host, port)
