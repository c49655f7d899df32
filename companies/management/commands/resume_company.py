"""`manage.py resume_company`: a suspended company goes on."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from companies.actions.suspending import resume_company
from companies.events import OPERATOR
from companies.management.said import company_called


class Command(BaseCommand):
    help = (
        "Let a suspended company go on: its users may sign in, its chat and its directory entry are back. What was "
        "held back meanwhile is not mailed later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")

    def handle(self, *args, **options) -> None:
        company = company_called(options["slug"])
        if company.suspended_at is None:
            self.stdout.write(f"{company.name} is not suspended.")
            return
        resume_company(company, by=OPERATOR, now=timezone.now())
        self.stdout.write(f"{company.name} goes on.")
