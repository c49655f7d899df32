"""manage.py receive_mail: takes in one mail from standard input, as a mail server's pipe delivers it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.utils import timezone

from mail import actions, addresses, selectors
from mail.parsing import RAW_CAP

# Exit codes of sysexits.h, which mail servers understand.
OK, DATA_ERROR, NO_USER, TRY_AGAIN = 0, 65, 67, 75


class Command(BaseCommand):
    help = (
        "Takes in one mail from standard input. Recipients come from --recipient or the environment "
        "(ORIGINAL_RECIPIENT, RECIPIENT), "
        "else from the headers. Exit codes: 0 stored, 65 not taken in, 67 no such address, 75 try again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recipient", action="append", default=[], help="envelope recipient; may be repeated")
        parser.add_argument(
            "--sender", help="envelope sender; empty for the null sender (default: SENDER, else unknown)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(RAW_CAP + 1)
        recipients = options["recipient"] or _from_environment()
        sender = options["sender"] if options["sender"] is not None else os.environ.get("SENDER")
        try:
            sys.exit(self._take_in(raw, recipients, sender))
        except DatabaseError:
            self.stderr.write("The database does not answer; please try again.")
            sys.exit(TRY_AGAIN)

    def _take_in(self, raw: bytes, recipients: list[str], sender: str | None) -> int:
        known = [one for one in recipients if addresses.is_known(one)]
        if not known and not selectors.names_us(raw):
            self.stderr.write("There is no such address here.")
            return NO_USER
        envelope_from = None if sender is None else sender.replace("MAILER-DAEMON", "")
        try:
            row = actions.receive(raw, envelope_from=envelope_from, envelope_to=known, via="pipe", now=timezone.now())
        except actions.NotTakenIn as error:
            self.stderr.write(str(error))
            return DATA_ERROR
        self.stdout.write(f"Stored as {row.public_id}")
        return OK


def _from_environment() -> list[str]:
    """What Postfix, Exim and qmail put into the environment of a pipe."""
    found = os.environ.get("ORIGINAL_RECIPIENT") or os.environ.get("RECIPIENT") or ""
    return [found] if found else []
