"""What the commands of companies have in common: finding a company or package by its name, refusals in one sentence."""

from __future__ import annotations

from typing import NoReturn

from django.core.management.base import CommandError

from companies.models import Company, PlanPackage
from companies.selectors import company_by_slug


def company_called(slug: str) -> Company:
    """The company of this short name; raises CommandError."""
    try:
        return company_by_slug(slug)
    except Company.DoesNotExist:
        raise CommandError(f"There is no company “{slug}”: list_companies shows the short names.") from None


def package_called(code: str) -> PlanPackage:
    """The active package of this code, whatever its capitals; raises CommandError."""
    package = PlanPackage.objects.filter(active=True, code__iexact=code).first()
    if package is None:
        known = ", ".join(PlanPackage.objects.filter(active=True).values_list("code", flat=True))
        raise CommandError(f"There is no package “{code}”: choose one of {known}.")
    return package


def too_much(company: Company, package: PlanPackage, found: list[str]) -> NoReturn:
    """Refuse with the list of what does not fit."""
    lines = "".join(f"\n  - {line}" for line in found)
    raise CommandError(f"{company.name} has too much for {package.code}; nothing was changed:{lines}")
