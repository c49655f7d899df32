"""`manage.py export_person`: everything about a person as a ZIP."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.actions.privacy import everywhere, export, in_company
from companies.events import OPERATOR
from companies.models import Company
from companies.selectors import company_by_slug


class Command(BaseCommand):
    help = "Write everything about a person into a ZIP: a page to read, data.json for programs, and the files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--out", required=True, type=Path, help="the ZIP to write; must not exist yet")
        parser.add_argument("--company", default="", help="only what this company (short name) has on them")

    def handle(self, *args, **options) -> None:
        try:
            company = company_by_slug(options["company"]) if options["company"] else None
        except Company.DoesNotExist:
            raise CommandError(f"No company has the short name “{options['company']}”.") from None
        person = in_company(company, options["email"]) if company else everywhere(options["email"])
        if not person.known:
            raise CommandError(f"Nothing is kept about “{options['email']}”.")
        try:
            with options["out"].open("xb") as target, export(person, by=OPERATOR, now=timezone.now()) as source:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            raise CommandError(f"{options['out']} exists already: nothing was overwritten.") from None
        self.stdout.write(f"Wrote {options['out']}.")
