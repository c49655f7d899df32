"""Switching a company's package on (A-30: an operator does, by command)."""

from __future__ import annotations

from datetime import datetime

from companies import events
from companies.models import Company, PackageActivation, PlanPackage
from companies.packages import lock, too_much_for
from events.publish import unit


class TooMuch(Exception):
    """The company has more than the package allows; `found` lists what, in words. Nothing was changed."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("; ".join(found))
        self.found = found


def activate_package(company: Company, *, package: PlanPackage, by: str, now: datetime) -> Company:
    """Works from the next request on (M-01); nothing is ever deleted by it. Raises TooMuch (model.md §7)."""
    with unit():
        company = lock(company)
        found = too_much_for(company, package)
        if found:
            raise TooMuch(found)
        if company.package_id == package.pk:
            return company
        company.package, company.package_since = package, now
        company.save(update_fields=["package", "package_since"])
        PackageActivation.objects.create(company=company, package=package, by=by[:120], at=now)
        events.package_activated(company, package, by=by[:60], now=now)
        return company
