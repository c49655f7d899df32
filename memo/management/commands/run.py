"""manage.py run: PostgreSQL, Valkey, web, worker, beat and mail entrance in one command; enough for one machine."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from memo import running
from memo.embedded import EmbeddedError
from memo.running import Options
from memo.supervisor import Supervisor


class Command(BaseCommand):
    help = "Starts servers, web, worker, beat and mail entrance, keeps them running, and ends them all with Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where the web server listens (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="its port (default: %(default)s)")
        parser.add_argument(
            "--mail-port", type=int, default=8025, help="port of the mail entrance (default: %(default)s)"
        )
        parser.add_argument(
            "--threads", type=int, default=4, help="tasks that the worker does at once (default: %(default)s)"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        options = Options(given["host"], given["port"], given["mail_port"], given["threads"])
        try:
            with running.alone(settings.DATA_DIR):
                running.start_missing_servers(settings.DATA_DIR)
                self.supervise(options)
        except (running.CannotRun, EmbeddedError) as error:
            raise CommandError(str(error)) from None

    def supervise(self, options: Options) -> None:
        begun = time.monotonic()
        addresses = {"inbox": f"{settings.BASE_URL}/", "mail": f"smtp://127.0.0.1:{options.mail_port}"}
        state = running.StateFile(settings.DATA_DIR / "run.json", addresses)
        servers = running.owned_servers()
        supervisor = Supervisor(servers, on_change=state.write)
        try:
            running.load_everything()
            running.prepare(supervisor)
            supervisor.add(options.programs())

            def tell() -> None:
                supervisor.say(
                    f"Memo is ready at {settings.BASE_URL}/ after {time.monotonic() - begun:.1f} s; Ctrl-C stops it."
                )

            running.keep_running(supervisor, options.port, tell, each_turn=lambda: None)
        finally:
            supervisor.stop()
            state.remove()
