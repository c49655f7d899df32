"""`manage.py unlock_user`: lets somebody sign in again."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.unlocking import unlock
from companies import audit
from companies.actions.members import MemberRefused, reactivate_member
from companies.events import OPERATOR
from companies.models import Membership
from companies.packages import NoRoom
from companies.people import login_of
from companies.selectors import membership_of


class Command(BaseCommand):
    help = (
        "Let a user sign in again. “Locked” is: too many wrong passwords or codes for this account (the count is "
        "forgotten), or a login that is switched off (it is switched on). With --reactivate also undo deactivate_user: "
        "the user works in the company again, with the roles of before, if its package has room. Limits of a network "
        "address are not touched. Exit code 1 and one sentence when it is refused; then nothing was changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the user's e-mail address")
        parser.add_argument("--reactivate", action="store_true", help="the user works in the company again")
        parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        user = login_of(options["email"].strip())
        if user is None:
            raise CommandError(f"No user has the address {options['email']}.")
        back = self._reactivate(user) if options["reactivate"] else None
        with transaction.atomic():
            was_off = unlock(user)
            if member := back or membership_of(user):
                now = timezone.now()
                audit.write(member.company, "account.unlocked", by=OPERATOR, subject=user.full_name, now=now)
        if options["json"]:
            company = back.company.slug if back else None
            self.stdout.write(json.dumps({"email": user.email, "switched_on": was_off, "reactivated_in": company}))
            return
        self.stdout.write(f"Unlocked {user.email}: failed attempts are forgotten.")
        if was_off:
            self.stdout.write("The login was switched off and is on now.")
        if back:
            self.stdout.write(f"{user.full_name} works in {back.company.name} again.")

    def _reactivate(self, user: User) -> Membership:
        members = Membership.objects.select_related("company", "user").filter(user=user)
        # Of several companies the one they left last.
        member = members.filter(state=Membership.State.DEACTIVATED).order_by("-joined_at", "-id").first()
        if member is None or members.filter(state=Membership.State.ACTIVE).exists():
            raise CommandError(f"{user.email} is not deactivated.")
        try:
            return reactivate_member(member, by=OPERATOR, now=timezone.now())
        except NoRoom as error:
            raise CommandError(f"{member.company.name} has no room for another user: {error}") from None
        except MemberRefused as error:
            raise CommandError(str(error)) from None
