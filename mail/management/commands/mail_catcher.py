"""manage.py mail_catcher: development only; keeps the mails that go out and shows them in the browser."""

from __future__ import annotations

import asyncio
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mail.catcher.sink import catch
from mail.catcher.store import Store
from mail.catcher.viewer import viewer


class Command(BaseCommand):
    help = "Development: catches all mail on one port, keeps it as .eml files and shows it in the browser on another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--smtp-port", type=int, default=1025, help="port that mail is sent to (default 1025)")
        parser.add_argument("--http-port", type=int, default=8003, help="port of the viewer (default 8003)")
        parser.add_argument("--dir", help="folder of the .eml files (default: mails in the data directory)")
        parser.add_argument(
            "--reply-to-port", type=int, default=8025, help="port of the mail entrance for answers (default 8025)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._serve(options))

    async def _serve(self, options: dict[str, Any]) -> None:
        store = Store(Path(options["dir"] or settings.DATA_DIR / "mails"))
        pages = viewer(store, host=options["host"], port=options["http_port"], reply_port=options["reply_to_port"])
        mail = await catch(store, host=options["host"], port=options["smtp_port"])
        threading.Thread(target=pages.serve_forever, name="catcher-pages", daemon=True).start()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        smtp_port = mail.sockets[0].getsockname()[1]
        self.stdout.write(f"Catching mail on port {smtp_port}; see http://{options['host']}:{pages.server_port}/")
        self.stdout.flush()
        async with mail:
            await stop.wait()
        pages.shutdown()
        pages.server_close()
