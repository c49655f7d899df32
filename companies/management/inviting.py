"""What the commands that invite people share: the checked invitee, and what is said of an invitation."""

from __future__ import annotations

from django.core.management.base import CommandError

from companies.actions.invitations import Invitee
from companies.models import Invitation
from companies.people_forms import InviteForm
from companies.selectors import active_memberships


def invitee_from(*, email: str, first_name: str, last_name: str, position: str, role: str, language: str) -> Invitee:
    """Checked like an admin's form; raises CommandError with one sentence for each field."""
    form = InviteForm(
        {
            "email": email,
            "first_name": first_name,
            "last_name": last_name,
            "position": position,
            "role": role,
            "language": language,
        }
    )
    if not form.is_valid():
        wrong = [f"{form.fields[name].label}: {' '.join(errors)}" for name, errors in form.errors.items()]
        raise CommandError(" ".join(wrong))
    return Invitee(**form.cleaned_data)


def refuse_who_works_already(email: str) -> None:
    """One login works in one company (A-05); raises CommandError."""
    member = active_memberships().filter(user__email__iexact=email).first()
    if member is not None:
        raise CommandError(f"{email} has a login already and works in {member.company.name}.")


def said_of(invitation: Invitation) -> dict:
    """For --json: the link itself is in the mail only."""
    return {"email": invitation.email, "expires_at": invitation.expires_at.isoformat()}
