"""`manage.py create_user`: a further member of a company, with a login."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions import BadLogin, create_user
from companies.actions.members import MemberRefused, add_member
from companies.events import OPERATOR
from companies.management.passwords import password_from_stdin
from companies.models import Company, Membership
from companies.packages import NoRoom
from companies.selectors import company_by_slug
from events.publish import unit


class Command(BaseCommand):
    help = (
        "Create a user who works in a company. Refused when the company's package has no room. Without "
        "--password-stdin the user sets a password by “Forgot your password?” on the sign-in page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")
        parser.add_argument("email", help="the user's e-mail address, their login")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", required=True)
        parser.add_argument("--position", required=True, help="what the user does, for example “Service”")
        parser.add_argument("--role", default="member", choices=Membership.Role.values, help="default: member")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )

    def handle(self, *args, **options) -> None:
        try:
            company = company_by_slug(options["slug"])
        except Company.DoesNotExist:
            raise CommandError(
                f"There is no company “{options['slug']}”: list_companies shows the short names."
            ) from None
        password = password_from_stdin() if options["password_stdin"] else None
        try:
            member = self._create(company, password, options)
        except NoRoom as error:
            raise CommandError(f"{company.name} has no room for another user: {error}") from None
        except (BadLogin, MemberRefused) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Created {member.user.full_name} ({member.user.email}) in {company.name}.")

    def _create(self, company: Company, password: str | None, options: dict) -> Membership:
        with unit():
            user = create_user(
                email=options["email"],
                first_name=options["first_name"],
                last_name=options["last_name"],
                password=password,
                language=company.language,
                time_zone=company.time_zone,
            )
            return add_member(
                company,
                user=user,
                position=options["position"],
                role=options["role"],
                by=OPERATOR,
                now=timezone.now(),
            )
