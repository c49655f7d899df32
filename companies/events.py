"""What happened to a company and its members: the row, and the frame that makes sockets look at their rights again."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from companies import audit
from companies.models import Company, Invitation, Membership, PlanPackage
from events import groups
from events.publish import publish
from events.record import record

OPERATOR = "operator"


def by_user(user: User) -> str:
    """How an event names the user who did it: “user:5”."""
    return f"user:{user.pk}"


def company_created(company: Company, *, by: str, now: datetime) -> None:
    """A tenant exists."""
    record("company.created", subject_id=company.pk, company_id=company.pk, by=by, now=now)
    audit.write(company, "company.created", by=by, subject=company.name, now=now)


def company_suspended(company: Company, *, by: str, now: datetime) -> None:
    """The company stands still: what is on its way out is stopped (memo/wiring.py)."""
    record("company.suspended", subject_id=company.pk, company_id=company.pk, by=by, now=now)
    audit.write(company, "company.suspended", by=by, subject=company.name, now=now)


def company_resumed(company: Company, *, by: str, now: datetime) -> None:
    """The company goes on."""
    record("company.resumed", subject_id=company.pk, company_id=company.pk, by=by, now=now)
    audit.write(company, "company.resumed", by=by, subject=company.name, now=now)


def package_activated(company: Company, package: PlanPackage, *, by: str, now: datetime) -> None:
    """The company uses this package from now on (M-01)."""
    record("package.activated", subject_id=company.pk, company_id=company.pk, by=by, now=now, package=package.code)
    audit.write(company, "package.activated", by=by, subject=package.code, now=now)


def member_joined(member: Membership, *, by: str, now: datetime) -> None:
    """A user works in the company."""
    record("member.joined", subject_id=member.pk, company_id=member.company_id, by=by, now=now)
    audit.write(member.company, "member.joined", by=by, subject=member.user.full_name, now=now, role=member.role)


def member_availability(member: Membership, *, now: datetime) -> None:
    """Available or away; offers that an away member holds move on (memo/wiring.py)."""
    publish(groups.member(member.user.public_id), "availability", {"available": member.available})
    record(
        "member.availability",
        subject_id=member.pk,
        company_id=member.company_id,
        by=by_user(member.user),
        now=now,
        available=member.available,
    )


def member_quiet(member: Membership) -> None:
    """To be disturbed or not: every tab of the member shows it."""
    publish(groups.member(member.user.public_id), "availability", {"available": member.available})


def member_deactivated(member: Membership, *, by: str, now: datetime) -> None:
    """The user works there no longer: what they hold goes to others (memo/wiring.py)."""
    rights_changed(member)
    record("member.deactivated", subject_id=member.pk, company_id=member.company_id, by=by, now=now)
    audit.write(member.company, "member.deactivated", by=by, subject=member.user.full_name, now=now)


def member_reactivated(member: Membership, *, by: str, now: datetime) -> None:
    """The user works there again."""
    rights_changed(member)
    record("member.reactivated", subject_id=member.pk, company_id=member.company_id, by=by, now=now)
    audit.write(member.company, "member.reactivated", by=by, subject=member.user.full_name, now=now)


def member_invited(invitation: Invitation, *, again: bool, by: str, now: datetime) -> None:
    """An invitation left, for the first time or once more (M-23)."""
    record("member.invited", subject_id=invitation.pk, company_id=invitation.company_id, by=by, now=now, again=again)
    audit.write(invitation.company, "member.invited", by=by, subject=invitation.email, now=now, again=again)


def invitation_withdrawn(invitation: Invitation, *, by: str, now: datetime) -> None:
    """The link is dead."""
    record("invitation.withdrawn", subject_id=invitation.pk, company_id=invitation.company_id, by=by, now=now)
    audit.write(invitation.company, "invitation.withdrawn", by=by, subject=invitation.email, now=now)


def rights_changed(member: Membership) -> None:
    """Tell the member's sockets to check their rights at once; the epoch tells those that miss this (INV-20)."""
    publish(groups.member(member.user.public_id), "rights", {"epoch": member.rights_epoch})


def settings_changed(
    company: Company,
    *,
    subject_id: int,
    what: str,
    by: str,
    now: datetime,
    subject: str = "",
    **details: object,
) -> None:
    """A setting changed; `what` names it (“company.role”, “channel.paused” …), `subject_id` is that row.

    `subject` is the row's name and `details` names and numbers of what changed (fields, the new role): the audit log.
    """
    record("settings.changed", subject_id=subject_id, company_id=company.pk, by=by, now=now, what=what)
    audit.write(company, what, by=by, subject=subject, now=now, **details)
