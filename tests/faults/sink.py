"""An SMTP server that records every mail with the time at which it came."""

from __future__ import annotations

import time
from email import message_from_bytes

from aiosmtpd.controller import Controller

from memo import processes


class Sink:
    """`mails`: (received at, epoch seconds; to; Message-ID; subject)."""

    def __init__(self) -> None:
        self.mails: list[tuple[float, str, str, str]] = []
        self.port = processes.free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 (the library's name)
        mail = message_from_bytes(envelope.content)
        self.mails.append((time.time(), envelope.rcpt_tos[0], mail["Message-ID"], mail["Subject"]))
        return "250 taken"

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()
