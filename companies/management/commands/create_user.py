"""`manage.py create_user`: a further member of a company, with a login at once or invited by mail."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions import BadLogin, create_user
from companies.actions.invitations import InvitationRefused, invite, send_again
from companies.actions.members import MemberRefused, add_member
from companies.events import OPERATOR
from companies.management.inviting import invitee_from, said_of
from companies.management.passwords import password_from_stdin
from companies.models import Company, Invitation, Membership
from companies.packages import NoRoom
from companies.selectors import company_by_slug
from events.publish import unit


class Command(BaseCommand):
    help = (
        "Create a user who works in a company. With --invite a mail with a link leaves, good for seven days and one "
        "use; the same address again gets a new link, and the old one is dead. Without it the login is made at once: "
        "with the password from stdin, or one is set by “Forgot your password?” on the sign-in page. Exit code 1 and "
        "one sentence when it is refused, for example because the company's package has no room."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")
        parser.add_argument("email", help="the user's e-mail address, their login")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", required=True)
        parser.add_argument("--position", required=True, help="what the user does, for example “Service”")
        parser.add_argument("--role", default="member", choices=Membership.Role.values, help="default: member")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--invite", action="store_true", help="send an invitation instead of making the login now")
        how.add_argument("--password-stdin", action="store_true", help="read the password from the first line of stdin")
        parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        try:
            company = company_by_slug(options["slug"])
        except Company.DoesNotExist:
            raise CommandError(
                f"There is no company “{options['slug']}”: list_companies shows the short names."
            ) from None
        try:
            said, done = self._invite(company, options) if options["invite"] else self._create(company, options)
        except NoRoom as error:
            raise CommandError(f"{company.name} has no room for another user: {error}") from None
        except (BadLogin, MemberRefused) as error:
            raise CommandError(str(error)) from None
        except InvitationRefused:
            raise CommandError(f"{options['email']} belongs to {company.name} already.") from None
        self.stdout.write(json.dumps(done) if options["json"] else said)

    def _invite(self, company: Company, options: dict) -> tuple[str, dict]:
        invitee = invitee_from(
            **{name: options[name] for name in ("email", "first_name", "last_name", "position", "role")},
            language=company.language,
        )
        now = timezone.now()
        before = company.invitations.filter(state=Invitation.State.SENT, email__iexact=invitee.email).first()
        if before is not None:
            invitation = send_again(before, inviter=None, now=now)
        else:
            invitation = invite(company, invitee=invitee, inviter=None, now=now)
        until = f"{invitation.expires_at:%Y-%m-%d}"
        said = (
            f"Invited {invitee.first_name} {invitee.last_name} ({invitation.email}) to {company.name}, until {until}."
        )
        return said, {"company": company.slug, "invitation": said_of(invitation)}

    def _create(self, company: Company, options: dict) -> tuple[str, dict]:
        password = password_from_stdin() if options["password_stdin"] else None
        with unit():
            user = create_user(
                email=options["email"],
                first_name=options["first_name"],
                last_name=options["last_name"],
                password=password,
                language=company.language,
                time_zone=company.time_zone,
            )
            member = add_member(
                company,
                user=user,
                position=options["position"],
                role=options["role"],
                by=OPERATOR,
                now=timezone.now(),
            )
        said = f"Created {user.full_name} ({user.email}) in {company.name}."
        return said, {"company": company.slug, "email": user.email, "role": member.role}
