"""Who works in a company: joining, role and rights, availability, leaving and coming back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.actions import edit_person, end_sessions
from accounts.models import User
from companies import events
from companies.models import Company, Invitation, Membership
from companies.packages import lock, require_room
from events import presence
from events.publish import unit

# Right of a membership → what its change is called.
_RIGHTS = {
    "engagement_licence": "member.licence",
    "may_post_customer_replies": "member.may_post_customer_replies",
    "may_manage_customers": "member.may_manage_customers",
}


class MemberRefused(Exception):
    """The change cannot be made; the text is one sentence."""


class WorksElsewhere(MemberRefused):
    """The user is an active member of a company already (A-05)."""


class LastAdmin(MemberRefused):
    """The company would be left without an admin."""


def found_with(company: Company, *, user: User, position: str, by: str, now: datetime) -> Membership:
    """The first member and admin of a new company: the only one who needs no room in a package."""
    with unit():
        company = lock(company)
        if company.memberships.exists():
            raise MemberRefused(f"{company.name} has members already.")
        return join(company, user, position=position, role=Membership.Role.ADMIN, by=by, now=now)


def add_member(company: Company, *, user: User, position: str, role: str, by: str, now: datetime) -> Membership:
    """A further member (M-17). Raises NoRoom and its kinds, MemberRefused, WorksElsewhere."""
    with unit():
        company = require_room(company, "users", now=now)
        return join(company, user, position=position, role=role, by=by, now=now)


def join(company: Company, user: User, *, position: str, role: str, by: str, now: datetime) -> Membership:
    """The membership of somebody whose seat in the locked company is sure. Raises MemberRefused, WorksElsewhere.

    An open invitation to the same address is of no use any more and ends with it.
    """
    position = " ".join(position.split())
    if not 1 <= len(position) <= 80:
        raise MemberRefused("The position has between 1 and 80 characters.")
    if role not in Membership.Role.values:
        raise MemberRefused(f"The role is one of {', '.join(Membership.Role.values)}.")
    try:
        with transaction.atomic():
            member = Membership.objects.create(company=company, user=user, position=position, role=role, joined_at=now)
    except IntegrityError:
        raise WorksElsewhere(f"{user.email} works in a company already.") from None
    _withdraw_invitation(company, user)
    events.member_joined(member, by=by, now=now)
    return member


def _withdraw_invitation(company: Company, user: User) -> None:
    open_ones = company.invitations.filter(state=Invitation.State.SENT, email__iexact=user.email)
    open_ones.update(state=Invitation.State.WITHDRAWN)


def set_availability(member: Membership, *, available: bool, now: datetime) -> Membership:
    """Available or away (E-10). Telling the same again records nothing."""
    with unit():
        member = _locked(member)
        if member.available == available:
            return member
        member.available = available
        member.save(update_fields=["available"])
        events.member_availability(member, now=now)
        return member


def set_quiet(member: Membership, *, until: datetime | None, now: datetime) -> Membership:
    """Not to be disturbed until then; None or a moment that is past = no longer. Fixed hours stay as they are."""
    with unit():
        member = _locked(member)
        member.quiet_until = until if until and until > now else None
        member.save(update_fields=["quiet_until"])
        events.member_quiet(member)
        return member


def set_quiet_hours(member: Membership, *, hours: dict[str, list[str]]) -> Membership:
    """Hours of every week; checked by the form (companies/quiet_forms.py)."""
    with unit():
        member = _locked(member)
        member.quiet_hours = hours
        member.save(update_fields=["quiet_hours"])
        events.member_quiet(member)
        return member


def edit_position(member: Membership, *, position: str) -> Membership:
    """A member's own position (M-25); checked by the form."""
    member.position = position
    member.save(update_fields=["position"])
    return member


def change_role(member: Membership, *, role: str, by: str, now: datetime) -> Membership:
    """Admin or member of the company; sockets check their rights at once. Raises LastAdmin, MemberRefused."""
    if role not in Membership.Role.values:
        raise MemberRefused(f"The role is one of {', '.join(Membership.Role.values)}.")
    with unit():
        lock(member.company)
        member = _locked(member)
        if member.role == role:
            return member
        if member.is_admin:
            _require_another_admin(member)
        member.role = role
        _next_epoch(member, "role")
        events.rights_changed(member)
        events.settings_changed(
            member.company,
            subject_id=member.pk,
            what="member.role",
            by=by,
            now=now,
            subject=member.user.full_name,
            role=role,
        )
        return member


def edit_member(
    member: Membership, *, first_name: str, last_name: str, position: str, phone: str, by: str, now: datetime
) -> Membership:
    """An admin puts a colleague's data right (M-25); checked by the form."""
    user = member.user
    if (user.first_name, user.last_name, user.phone, member.position) == (first_name, last_name, phone, position):
        return member
    with unit():
        edit_person(
            user,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            language=user.language,
            time_zone=user.time_zone,
            theme=user.theme,
        )
        edit_position(member, position=position)
        name = f"{first_name} {last_name}"
        events.settings_changed(member.company, subject_id=member.pk, what="member.data", by=by, now=now, subject=name)
        return member


def set_rights(
    member: Membership,
    *,
    engagement_licence: bool,
    may_post_customer_replies: bool,
    may_manage_customers: bool,
    by: str,
    now: datetime,
) -> Membership:
    """Licence (G-33) and the two switches of the permission matrix; in force at the member's next request.

    Who loses the licence leaves every inbox: what rings at them or is assigned to them goes on (memo/wiring.py).
    """
    wanted = {
        "engagement_licence": engagement_licence,
        "may_post_customer_replies": may_post_customer_replies,
        "may_manage_customers": may_manage_customers,
    }
    with unit():
        member = _locked(member)
        changed = [name for name, value in wanted.items() if getattr(member, name) != value]
        if not changed:
            return member
        for name in changed:
            setattr(member, name, wanted[name])
        _next_epoch(member, *changed)
        events.rights_changed(member)
        for name in changed:
            events.settings_changed(
                member.company,
                subject_id=member.pk,
                what=_RIGHTS[name],
                by=by,
                now=now,
                subject=member.user.full_name,
                on=wanted[name],
            )
        return member


def deactivate_member(member: Membership, *, by: str, now: datetime) -> Membership:
    """The member loses access at once: sessions, sockets, seat (INV-20). Raises LastAdmin. Twice is no error."""
    with unit():
        lock(member.company)
        member = _locked(member)
        if member.state == Membership.State.DEACTIVATED:
            return member
        if member.is_admin:
            _require_another_admin(member)
        member.state, member.available = Membership.State.DEACTIVATED, False
        _next_epoch(member, "state", "available")
        end_sessions(member.user)
        _withdraw_invitation(member.company, member.user)
        events.member_deactivated(member, by=by, now=now)
        transaction.on_commit(lambda: presence.gone(member.user_id), robust=True)
        return member


def reactivate_member(member: Membership, *, by: str, now: datetime) -> Membership:
    """The member works here again, with the roles of before. Raises NoRoom and its kinds, WorksElsewhere."""
    with unit():
        lock(member.company)
        member = _locked(member)
        if member.state == Membership.State.ACTIVE:
            return member
        require_room(member.company, "users", now=now)
        member.state, member.available = Membership.State.ACTIVE, True
        try:
            with transaction.atomic():
                _next_epoch(member, "state", "available")
        except IntegrityError:
            raise WorksElsewhere(f"{member.user.email} works in a company already.") from None
        events.member_reactivated(member, by=by, now=now)
        return member


def bump_rights(member: Membership) -> None:
    """Rights outside the membership row (a role in an inbox) changed: epoch + 1 and a frame. Needs a unit()."""
    _next_epoch(member)
    events.rights_changed(member)


def _locked(member: Membership) -> Membership:
    return Membership.objects.select_for_update(of=("self",)).select_related("user", "company").get(pk=member.pk)


def _next_epoch(member: Membership, *fields: str) -> None:
    member.save(update_fields=fields)
    Membership.objects.filter(pk=member.pk).update(rights_epoch=F("rights_epoch") + 1)
    member.refresh_from_db(fields=["rights_epoch"])


def _require_another_admin(member: Membership) -> None:
    others = Membership.objects.filter(
        company=member.company_id, role=Membership.Role.ADMIN, state=Membership.State.ACTIVE, user__is_active=True
    ).exclude(pk=member.pk)
    if not others.exists():
        raise LastAdmin(f"{member.user.full_name} is the only admin of {member.company.name}: name another first.")
