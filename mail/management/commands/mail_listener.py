"""manage.py mail_listener: takes in mail by SMTP or LMTP until it is stopped."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mail.listening import listen


class Command(BaseCommand):
    help = "Takes in mail for reply and bounce addresses by SMTP (or LMTP with --lmtp) and stores it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=2525, help="port to listen on, 0 for a free one (default 2525)")
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP, one recipient per mail")

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._serve(options["host"], options["port"], options["lmtp"]))

    async def _serve(self, host: str, port: int, lmtp: bool) -> None:
        server = await listen(host=host, port=port, lmtp=lmtp)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        found = server.sockets[0].getsockname()
        self.stdout.write(f"Taking in mail by {'LMTP' if lmtp else 'SMTP'} on {found[0]}:{found[1]}")
        self.stdout.flush()
        async with server:
            await stop.wait()
