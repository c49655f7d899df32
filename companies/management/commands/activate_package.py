"""`manage.py activate_package`: switches a company's package on; works from the next request on (M-01, A-30)."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.actions.packages import TooMuch, activate_package
from companies.events import OPERATOR
from companies.models import Company, PlanPackage
from companies.packages import too_much_for
from companies.selectors import company_by_slug


class Command(BaseCommand):
    help = (
        "Activate a package for a company. Refused, with the list of what is too much, while the company has more "
        "than the package allows; nothing is ever deleted by a change of package."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")
        parser.add_argument("code", help="the package: M1, M5, M20, M50 or M100")
        parser.add_argument("--dry-run", action="store_true", help="only say whether it would be possible")

    def handle(self, *args, **options) -> None:
        company, package = _company(options["slug"]), _package(options["code"])
        if options["dry_run"]:
            self._must_fit(company, package, too_much_for(company, package))
            self.stdout.write(f"{company.name} fits into {package.code}; nothing was changed (--dry-run).")
            return
        before = company.package.code if company.package else "no package"
        try:
            company = activate_package(company, package=package, by=OPERATOR, now=timezone.now())
        except TooMuch as error:
            self._must_fit(company, package, error.found)
        if before == package.code:
            self.stdout.write(f"{company.name} has {package.code} already.")
        else:
            self.stdout.write(f"{company.name} has {package.code} now (before: {before}).")

    def _must_fit(self, company: Company, package: PlanPackage, found: list[str]) -> None:
        if found:
            lines = "".join(f"\n  - {line}" for line in found)
            raise CommandError(f"{company.name} has too much for {package.code}; nothing was changed:{lines}")


def _company(slug: str) -> Company:
    try:
        return company_by_slug(slug)
    except Company.DoesNotExist:
        raise CommandError(f"There is no company “{slug}”: list_companies shows the short names.") from None


def _package(code: str) -> PlanPackage:
    package = PlanPackage.objects.filter(active=True, code__iexact=code).first()
    if package is None:
        known = ", ".join(PlanPackage.objects.filter(active=True).values_list("code", flat=True))
        raise CommandError(f"There is no package “{code}”: choose one of {known}.")
    return package
