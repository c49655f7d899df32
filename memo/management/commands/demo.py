"""`manage.py demo`: the demonstration data, once; says how to sign in and with which key the widget loads."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels_app.origins import BadOrigin, normalise_all
from memo import demo


class Command(BaseCommand):
    help = (
        "Make the demonstration data unless it is there: two companies, their people, channels, a chat widget and "
        "conversations. Its password is public, so it refuses to run in production without --yes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--origin", action="append", default=[], help="a site on which the demo widget may stand; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print logins and widget key as JSON")
        parser.add_argument("--yes", action="store_true", help="run although this is no development installation")

    def handle(self, *args, **options) -> None:
        if not settings.DEBUG and not options["yes"]:
            raise CommandError("The demo logins have a public password: add --yes if you want them here all the same.")
        try:
            origins = normalise_all(options["origin"])
        except BadOrigin as error:
            raise CommandError(f"“{error.text}” is no origin such as https://www.example.com.") from None
        now = timezone.now()
        if not demo.exists():
            demo.build(now=now)
        if origins:
            demo.allow(origins, now=now)
        self._say(as_json=options["json"])

    def _say(self, *, as_json: bool) -> None:
        logins, key = demo.logins(), demo.widget().public_key
        if as_json:
            self.stdout.write(json.dumps({"logins": [asdict(login) for login in logins], "widget_key": key}))
            return
        for login in logins:
            self.stdout.write(f"{login.email:26} {login.password:16} {login.name}, {login.company}")
        self.stdout.write(f"widget key {key}")
