"""`manage.py suspend_company`: stops a company; nothing is deleted, nothing of others is touched."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from companies.actions.suspending import suspend_company
from companies.events import OPERATOR
from companies.management.said import company_called


class Command(BaseCommand):
    help = (
        "Suspend a company: its users are signed out and their sockets closed at once, visitors within ten seconds, "
        "its chat and its directory entry are gone, no mail leaves. resume_company lets it go on. What a mail server "
        "has taken already cannot be called back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")

    def handle(self, *args, **options) -> None:
        company = company_called(options["slug"])
        if company.suspended_at is not None:
            self.stdout.write(f"{company.name} is suspended already, since {company.suspended_at:%Y-%m-%d %H:%M} UTC.")
            return
        suspend_company(company, by=OPERATOR, now=timezone.now())
        self.stdout.write(f"Suspended {company.name}. To let it go on: manage.py resume_company {company.slug}")
