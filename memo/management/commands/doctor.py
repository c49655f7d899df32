"""`manage.py doctor`: explains what is wrong with an installation; ends with 1 when something is."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from memo.doctor import findings


class Command(BaseCommand):
    help = (
        "Look at everything that an installation needs – database, tables, Valkey, worker, beat, deadlines, web "
        "address, mail, disk – and say what is wrong and what to do. Ends with 0 when all is well, else with 1. "
        "Changes nothing."
    )
    requires_system_checks: list[str] = []  # it must run when something is broken

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # a database that is down is said once, in words
        found = []
        for finding in findings(timezone.now()):
            found.append(finding)
            if not options["json"]:
                mark = self.style.SUCCESS("ok ") if finding.ok else self.style.ERROR("BAD")
                self.stdout.write(f"{mark} {finding.name}: {finding.found}")
                if not finding.ok:
                    self.stdout.write(f"    → {finding.advice}")
        good = all(finding.ok for finding in found)
        if options["json"]:
            parts = [asdict(finding) for finding in found]
            self.stdout.write(json.dumps({"good": good, "parts": parts}, ensure_ascii=False))
        elif good:
            self.stdout.write("All is well.")
        if not good:
            sys.exit(1)
