"""`manage.py activate_package`: switches a company's package on; works from the next request on (M-01, A-30)."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from companies.actions.packages import TooMuch, activate_package
from companies.events import OPERATOR
from companies.management.said import company_called, package_called, too_much
from companies.models import Company, PlanPackage
from companies.packages import too_much_for


class Command(BaseCommand):
    help = (
        "Activate a package for a company, or change to another one. Refused, with the list of what is too much, while "
        "the company has more than the package allows; nothing is ever deleted by a change of package."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")
        parser.add_argument("code", help="the package: M1, M5, M20, M50 or M100")
        parser.add_argument("--dry-run", action="store_true", help="only say whether it would be possible")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        company, package = company_called(options["slug"]), package_called(options["code"])
        before = company.package.code if company.package else None
        facts = {"slug": company.slug, "before": before, "package": package.code}
        if options["dry_run"]:
            self._preview(company, package, facts, as_json=options["json"])
            return
        try:
            company = activate_package(company, package=package, by=OPERATOR, now=timezone.now())
        except TooMuch as error:
            too_much(company, package, error.found)
        if options["json"]:
            self.stdout.write(json.dumps(facts | {"changed": before != package.code}))
        elif before == package.code:
            self.stdout.write(f"{company.name} has {package.code} already.")
        else:
            self.stdout.write(f"{company.name} has {package.code} now (before: {before or 'no package'}).")

    def _preview(self, company: Company, package: PlanPackage, facts: dict, *, as_json: bool) -> None:
        found = too_much_for(company, package)
        if as_json:
            self.stdout.write(json.dumps(facts | {"changed": False, "fits": not found, "too_much": found}))
            return
        if found:
            too_much(company, package, found)
        self.stdout.write(f"{company.name} fits into {package.code}; nothing was changed (--dry-run).")
