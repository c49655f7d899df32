"""`manage.py create_company`: a tenant with its default inbox and its first admin, who is invited by mail."""

from __future__ import annotations

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions import BadLogin
from channels_app.actions.founding import admin_position, found_by_invitation, found_company
from companies.actions.companies import BadCompany
from companies.events import OPERATOR
from companies.management.inviting import invitee_from, refuse_who_works_already, said_of
from companies.management.passwords import password_from_stdin
from companies.models import Company


class Command(BaseCommand):
    help = (
        "Create a company with its default inbox and its first admin. The admin gets a mail with a link, good for "
        "seven days and one use, and chooses a password there; with --admin-password-stdin the login is made at once "
        "and no mail leaves. The company has no package yet: activate_package switches one on. Exit code 1 and one "
        "sentence when it is refused; then nothing was made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the company's name, for example “Nordlicht GmbH”")
        parser.add_argument("--admin-email", required=True, help="the first admin's e-mail address, their login")
        parser.add_argument("--admin-first-name", required=True)
        parser.add_argument("--admin-last-name", required=True)
        parser.add_argument("--slug", default="", help="short name for addresses (default: made of the name)")
        parser.add_argument("--language", default="en", help="en, de or sv (default: en)")
        parser.add_argument("--time-zone", default="Europe/Berlin", help="default: Europe/Berlin")
        parser.add_argument(
            "--admin-password-stdin", action="store_true", help="read the admin's password from the first line of stdin"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        wanted = {name: options[name] for name in ("name", "slug", "language", "time_zone")}
        wanted |= {"by": OPERATOR, "now": timezone.now()}
        try:
            company, invitation = self._found(wanted, options)
        except (BadCompany, BadLogin) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"slug": company.slug, "name": company.name, "invitation": invitation}))
            return
        how = "as admin" if invitation is None else "invited as admin"
        email = options["admin_email"].strip().lower()
        self.stdout.write(f"Created {company.name} (short name {company.slug}) with {email} {how}.")
        self.stdout.write(f"Next: manage.py activate_package {company.slug} M5")

    def _found(self, wanted: dict, options: dict) -> tuple[Company, dict | None]:
        email, first, last = (options[f"admin_{name}"] for name in ("email", "first_name", "last_name"))
        if options["admin_password_stdin"]:
            names = {"admin_email": email, "admin_first_name": first, "admin_last_name": last}
            return found_company(**wanted, **names, admin_password=password_from_stdin()).company, None
        refuse_who_works_already(email.strip())
        language = options["language"] if options["language"] in dict(settings.LANGUAGES) else "en"
        admin = invitee_from(
            email=email,
            first_name=first,
            last_name=last,
            position=admin_position(language),
            role="admin",
            language=language,
        )
        invitation = found_by_invitation(**wanted, admin=admin)
        return invitation.company, said_of(invitation)
