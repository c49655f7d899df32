"""manage.py run: PostgreSQL, Valkey, web, worker, beat and mail entrance in one command; enough for one machine."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from memo import env, running
from memo.development import Demo, DevelopmentOptions, Watcher
from memo.embedded import EmbeddedError
from memo.running import Options


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
            "--threads", type=int, default=8, help="tasks that the worker does at once (default: %(default)s)"
        )

        extra = parser.add_argument_group("development")
        extra.add_argument(
            "--development", action="store_true", help="demo data, demo website, mail viewer, restart on change"
        )
        extra.add_argument(
            "--shop-port", type=int, default=8001, help="port of the demo website (default: %(default)s)"
        )
        extra.add_argument(
            "--mails-port", type=int, default=8002, help="port of the mail viewer (default: %(default)s)"
        )
        extra.add_argument(
            "--catcher-port", type=int, default=8003, help="port that outgoing mail goes to (default: %(default)s)"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        common = (given["host"], given["port"], given["mail_port"], given["threads"])
        try:
            with running.alone(settings.DATA_DIR):
                running.start_missing_servers(settings.DATA_DIR)
                if given["development"]:
                    ports = (given["shop_port"], given["mails_port"], given["catcher_port"])
                    self.develop(DevelopmentOptions(*common, *ports))
                else:
                    self.serve(Options(*common))
        except (running.CannotRun, EmbeddedError) as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def serve(self, options: Options) -> None:
        """An installation on one machine."""
        begun = time.monotonic()
        addresses = {"inbox": f"{settings.BASE_URL}/", "mail-in": f"smtp://127.0.0.1:{options.mail_port}"}
        with running.supervised(addresses) as supervisor:
            running.prepare(supervisor)
            supervisor.add(options.programs())
            ready = f"Memo is ready at {settings.BASE_URL}/ after %.1f s; Ctrl-C stops it."
            running.keep_running(
                supervisor, options.port, on_ready=lambda: supervisor.say(ready % (time.monotonic() - begun))
            )

    def develop(self, options: DevelopmentOptions) -> None:
        """The same with demo data; starts itself anew when the code changed."""
        begun = env.number("MEMO_BEGUN", int(time.time()))
        with running.supervised(options.addresses()) as supervisor:
            running.prepare(supervisor)
            demo = Demo(options)
            demo.load(supervisor)
            supervisor.add(demo.programs())
            watcher = Watcher(supervisor, settings.BASE_DIR)

            def tell() -> None:
                print("\n".join(demo.words(time.time() - begun)), flush=True)

            running.keep_running(supervisor, options.port, on_ready=tell, each_turn=watcher.look)
            supervisor.keeps_servers = watcher.wanted
        if watcher.wanted:
            os.environ["MEMO_BEGUN"] = str(int(time.time()))
            running.again(sys.argv)
