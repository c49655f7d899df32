"""`manage.py list_companies`: every company with its package and its users."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandParser

from companies.selectors import companies_with_users


class Command(BaseCommand):
    help = "List every company: short name, package, active users, name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON list, for scripts")

    def handle(self, *args, **options) -> None:
        rows = [
            {
                "slug": company.slug,
                "name": company.name,
                "package": company.package.code if company.package else None,
                "users": company.active_users,
                "suspended": company.suspended_at is not None,
            }
            for company in companies_with_users()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            mark = "  (suspended)" if row["suspended"] else ""
            self.stdout.write(f"{row['slug']:24} {row['package'] or '–':5} {row['users']:4} users  {row['name']}{mark}")
        if not rows:
            self.stdout.write("There is no company yet: create_company makes one.")
