"""manage.py demo_site: somebody else's website with the chat on it, on another port and host name; for development."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from memo.demo_site.server import make


class Command(BaseCommand):
    help = "Serves a lamp maker's website that carries the widget; open it as http://localhost:PORT/ (another site)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True, help="where it listens on 127.0.0.1")
        parser.add_argument("--memo", required=True, help="address of the installation, such as http://127.0.0.1:8000")
        parser.add_argument("--key", required=True, help="the widget's public key")

    def handle(self, *args: Any, **given: Any) -> None:
        with make(given["port"], memo=given["memo"], key=given["key"]) as server:
            self.stdout.write(f"http://localhost:{server.server_address[1]}/")
            server.serve_forever()
