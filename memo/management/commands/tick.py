"""`manage.py tick`: everything that is due, once – for cron-driven installations and for looking what happens."""

from __future__ import annotations

from django.core.management.base import BaseCommand
from django.utils import timezone

from events import due, tasks
from mail import actions as mail
from notifications import pushing


class Command(BaseCommand):
    help = "Settle what is due, react to events, process received mail, send mails and push messages – once, then stop."

    def handle(self, *args, **options) -> None:
        mail.process_received(now=timezone.now())
        settled = due.settle(timezone.now())
        tasks.react.run()
        sent = mail.send_due(now=timezone.now())
        pushed = pushing.send_due(now=timezone.now())
        self.stdout.write(f"{settled} due rows settled, {sent} mails sent, {pushed} push messages sent.")
