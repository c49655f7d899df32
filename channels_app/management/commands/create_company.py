"""`manage.py create_company`: a tenant with its first admin and its default inbox."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from accounts.actions import BadLogin
from channels_app.actions.founding import found_company
from companies.actions.companies import BadCompany
from companies.events import OPERATOR
from companies.management.passwords import password_from_stdin


class Command(BaseCommand):
    help = (
        "Create a company with its first admin and its default inbox. It has no package yet: "
        "activate_package switches one on. Without --admin-password-stdin the admin sets a password by "
        "“Forgot your password?” on the sign-in page."
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

    def handle(self, *args, **options) -> None:
        password = password_from_stdin() if options["admin_password_stdin"] else None
        try:
            admin = found_company(
                name=options["name"],
                slug=options["slug"],
                language=options["language"],
                time_zone=options["time_zone"],
                admin_email=options["admin_email"],
                admin_first_name=options["admin_first_name"],
                admin_last_name=options["admin_last_name"],
                admin_password=password,
                by=OPERATOR,
                now=timezone.now(),
            )
        except (BadCompany, BadLogin) as error:
            raise CommandError(str(error)) from None
        company = admin.company
        self.stdout.write(f"Created {company.name} (short name {company.slug}) with {admin.user.email} as admin.")
        if password is None:
            reset = settings.BASE_URL + reverse("account_reset_password")
            self.stdout.write(f"{admin.user.first_name} sets a password at {reset}")
        self.stdout.write(f"Next: manage.py activate_package {company.slug} M5")
