"""Who works in a company: joining, role, availability, leaving."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.actions import end_sessions
from accounts.models import User
from companies import events
from companies.models import Company, Membership
from companies.packages import lock, require_room
from events import presence
from events.publish import unit


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
        return _join(company, user, position=position, role=Membership.Role.ADMIN, by=by, now=now)


def add_member(company: Company, *, user: User, position: str, role: str, by: str, now: datetime) -> Membership:
    """A further member (M-17). Raises NoRoom and its kinds, MemberRefused, WorksElsewhere."""
    with unit():
        company = require_room(company, "users")
        return _join(company, user, position=position, role=role, by=by, now=now)


def _join(company: Company, user: User, *, position: str, role: str, by: str, now: datetime) -> Membership:
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
    events.member_joined(member, by=by, now=now)
    return member


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
        events.settings_changed(member.company, subject_id=member.pk, what="member.role", by=by, now=now)
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
        events.member_deactivated(member, by=by, now=now)
        transaction.on_commit(lambda: presence.gone(member.user_id), robust=True)
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
        company=member.company_id, role=Membership.Role.ADMIN, state=Membership.State.ACTIVE
    ).exclude(pk=member.pk)
    if not others.exists():
        raise LastAdmin(f"{member.user.full_name} is the only admin of {member.company.name}: name another first.")
