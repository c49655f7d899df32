"""`manage.py erase_person`: forget a person, keep the threads."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.actions.members import LastAdmin
from companies.actions.privacy import erase, everywhere, in_company
from companies.events import OPERATOR
from companies.models import Company
from companies.selectors import company_by_slug


class Command(BaseCommand):
    help = (
        "Forget a person: login, addresses, mails, visits; their messages stay, written by “Deleted user”. "
        "Nothing brings it back: look with --dry-run first, then confirm with --yes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--company", default="", help="only what this company (short name) has on them")
        parser.add_argument("--dry-run", action="store_true", help="say what would go; change nothing")
        parser.add_argument("--yes", action="store_true", help="really do it")
        parser.add_argument("--json", action="store_true", help="the counts as JSON")

    def handle(self, *args, **options) -> None:
        if options["dry_run"] == options["yes"]:
            raise CommandError("Give either --dry-run (change nothing) or --yes (forget the person).")
        try:
            company = company_by_slug(options["company"]) if options["company"] else None
        except Company.DoesNotExist:
            raise CommandError(f"No company has the short name “{options['company']}”.") from None
        person = in_company(company, options["email"]) if company else everywhere(options["email"])
        if not person.known:
            raise CommandError(f"Nothing is kept about “{options['email']}”.")
        try:
            plan = erase(person, by=OPERATOR, by_key=OPERATOR, now=timezone.now(), dry_run=options["dry_run"])
        except LastAdmin as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(plan.counts))
            return
        self.stdout.write("Would be forgotten:" if options["dry_run"] else "Forgotten:")
        for name, count in plan.counts.items():
            self.stdout.write(f"  {count:>6}  {name}")
