"""`manage.py deactivate_user`: ends a user's work in their company, at once."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.actions.members import MemberRefused, deactivate_member
from companies.events import OPERATOR
from companies.selectors import active_memberships


class Command(BaseCommand):
    help = (
        "Deactivate a user: sessions and sockets end at once, the seat in the package is free, what the user holds "
        "goes to others, an open invitation ends. The company's last admin cannot be deactivated. "
        "unlock_user --reactivate undoes it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the user's e-mail address")

    def handle(self, *args, **options) -> None:
        member = active_memberships().filter(user__email__iexact=options["email"].strip()).first()
        if member is None:
            raise CommandError(f"No active user has the address {options['email']}.")
        try:
            deactivate_member(member, by=OPERATOR, now=timezone.now())
        except MemberRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Deactivated {member.user.full_name} of {member.company.name}.")
