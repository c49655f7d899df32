"""`manage.py change_package`: another package for a company; refused while it has too much (model.md §7)."""

from __future__ import annotations

from django.core.management.base import CommandError

from companies.management.commands import activate_package
from companies.management.said import company_called


class Command(activate_package.Command):
    help = (
        "Change the package of a company. Works from the next request on. Refused, with the list of what is too much, "
        "while the company has more than the new package allows; --dry-run shows that list without changing anything."
    )

    def handle(self, *args, **options) -> None:
        company = company_called(options["slug"])
        if company.package is None:
            raise CommandError(f"{company.name} has no package yet: activate_package gives it the first one.")
        super().handle(*args, **options)
