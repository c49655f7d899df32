"""Invitations: inviting one or many, sending again, withdrawing, and accepting once (M-17…M-19, M-23, M-24)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Lower

from accounts.actions import EmailTaken, create_user
from accounts.models import User
from companies import events
from companies.actions.members import join
from companies.mails import queue_invitation
from companies.models import Company, Invitation, Membership
from companies.packages import lock, require_room, room_left
from events.publish import unit

LASTS = timedelta(days=7)
_State = Invitation.State


class InvitationRefused(Exception):
    """`code`: member, deactivated, invited, expired (the address is known), ended, begun (there are people already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LinkDead(Exception):
    """The link leads nowhere; `code`: unknown, used, withdrawn, expired, closed (the company is suspended)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OwnLoginNeeded(Exception):
    """The address has a login already: its owner signs in and joins with it, nobody sets it a new password."""


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite; checked by the form (companies/people_forms.py)."""

    email: str
    first_name: str
    last_name: str
    position: str
    role: str
    language: str


def token_hash(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- by admins and operators ------------------------------------------------------------------------------
def invite(company: Company, *, invitee: Invitee, inviter: User | None, now: datetime) -> Invitation:
    """One mail with one link; the seat is taken from now on (M-18). `inviter` None: an operator.

    Raises NoRoom and its kinds, InvitationRefused, BadAddress.
    """
    with unit():
        company = lock(company)
        if code := where_known(company, [invitee.email], now=now).get(invitee.email.lower()):
            raise InvitationRefused(code)
        company = require_room(company, "users", now=now)
        return _invite(company, invitee, inviter, now)


def invite_many(
    company: Company, *, invitees: Sequence[Invitee], inviter: User | None, now: datetime
) -> list[Invitation]:
    """As many as fit into the package, in their order, under one lock; addresses that are known are passed over.

    Raises NoPackage, NotInPackage and NoRoom when not even one fits.
    """
    with unit():
        company = require_room(company, "users", now=now)
        known = where_known(company, [one.email for one in invitees], now=now)
        fresh: dict[str, Invitee] = {}
        for one in invitees:
            if one.email.lower() not in known:
                fresh.setdefault(one.email.lower(), one)
        fitting = list(fresh.values())[: room_left(company, "users", now=now)]
        return [_invite(company, one, inviter, now) for one in fitting]


def invite_first(company: Company, *, invitee: Invitee, now: datetime) -> Invitation:
    """The first person of a new company: like its first member they need no room in a package."""
    with unit():
        company = lock(company)
        if company.memberships.exists() or company.invitations.exists():
            raise InvitationRefused("begun")
        return _invite(company, invitee, None, now)


def send_again(invitation: Invitation, *, inviter: User | None, now: datetime) -> Invitation:
    """A new link for seven more days; the old one is dead. An expired invitation takes a seat anew.

    Raises InvitationRefused(ended), NoRoom and its kinds.
    """
    with unit():
        company = lock(invitation.company)
        invitation = _locked_open(invitation)
        if invitation.expires_at <= now:
            require_room(company, "users", now=now)
        _send(invitation, inviter, now)
        events.member_invited(invitation, again=True, by=_by(inviter), now=now)
        return invitation


def withdraw(invitation: Invitation, *, by: str, now: datetime) -> Invitation:
    """The link is dead and the seat free. Raises InvitationRefused(ended)."""
    with unit():
        lock(invitation.company)
        invitation = _locked_open(invitation)
        invitation.state = _State.WITHDRAWN
        invitation.save(update_fields=["state"])
        events.invitation_withdrawn(invitation, by=by, now=now)
        return invitation


def where_known(company: Company, emails: Sequence[str], *, now: datetime) -> dict[str, str]:
    """address in small letters → why it cannot be invited: member, deactivated, invited or expired (M-19)."""
    wanted = {email.lower() for email in emails}
    found = {}
    members = company.memberships.annotate(address=Lower("user__email")).filter(address__in=wanted)
    for email, state in members.values_list("address", "state"):
        found[email] = "member" if state == Membership.State.ACTIVE else "deactivated"
    invitations = company.invitations.annotate(address=Lower("email")).filter(state=_State.SENT, address__in=wanted)
    for email, expires_at in invitations.values_list("address", "expires_at"):
        found.setdefault(email, "invited" if expires_at > now else "expired")
    return found


def _invite(company: Company, invitee: Invitee, inviter: User | None, now: datetime) -> Invitation:
    invitation = Invitation(
        company=company,
        email=invitee.email.lower(),
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        position=invitee.position,
        role=invitee.role,
        language=invitee.language,
    )
    _send(invitation, inviter, now)
    events.member_invited(invitation, again=False, by=_by(inviter), now=now)
    return invitation


def _send(invitation: Invitation, inviter: User | None, now: datetime) -> None:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = token_hash(token)
    invitation.invited_by = inviter
    invitation.sent_at, invitation.expires_at = now, now + LASTS
    invitation.undelivered = ""
    invitation.save()
    queue_invitation(invitation, token)


def not_delivered(number: int, *, mark: str, reason: str, now: datetime) -> None:
    """The mail of invitation `number` came back; `mark` (the beginning of its link's hash) tells whether it was the
    newest one: what came of a link that is dead already changes nothing.
    """
    rows = Invitation.objects.filter(pk=number, state=_State.SENT, token_hash__startswith=mark, expires_at__gt=now)
    rows.update(undelivered=" ".join(reason.replace("\x00", "").split())[:200] or "?")


def _locked_open(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("company", "invited_by")
    invitation = rows.get(pk=invitation.pk)
    if invitation.state != _State.SENT:
        raise InvitationRefused("ended")
    return invitation


def _by(inviter: User | None) -> str:
    return events.by_user(inviter) if inviter else events.OPERATOR


# --- by the person invited --------------------------------------------------------------------------------
def accept(hashed: str, *, password: str, now: datetime) -> Membership:
    """A login with a confirmed address, and the membership. Raises LinkDead, OwnLoginNeeded, BadLogin."""
    with unit():
        invitation = _locked_live(hashed, now)
        try:
            user = create_user(
                email=invitation.email,
                first_name=invitation.first_name,
                last_name=invitation.last_name,
                password=password,
                language=invitation.language,
                time_zone=invitation.company.time_zone,
            )
        except EmailTaken:
            raise OwnLoginNeeded from None
        return _join(invitation, user, now)


def accept_as(hashed: str, *, user: User, now: datetime) -> Membership:
    """With the login that has the address already. Raises LinkDead, OwnLoginNeeded (another login), WorksElsewhere."""
    with unit():
        invitation = _locked_live(hashed, now)
        if not user.is_active or user.email.lower() != invitation.email.lower():
            raise OwnLoginNeeded
        return _join(invitation, user, now)


def _join(invitation: Invitation, user: User, now: datetime) -> Membership:
    # No room is asked for: the open invitation holds the seat that the member takes.
    invitation.state, invitation.user, invitation.accepted_at = _State.ACCEPTED, user, now
    invitation.save(update_fields=["state", "user", "accepted_at"])
    return join(
        invitation.company,
        user,
        position=invitation.position,
        role=invitation.role,
        by=events.by_user(user),
        now=now,
    )


def _locked_live(hashed: str, now: datetime) -> Invitation:
    """The invitation of a link, locked, company first; two who accept at once wait for each other."""
    found = Invitation.objects.select_related("company").filter(token_hash=hashed).first()
    if found is None:
        raise LinkDead("unknown")
    lock(found.company)
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("company")
    invitation = rows.filter(pk=found.pk, token_hash=hashed).first()
    if invitation is None:
        raise LinkDead("unknown")
    if code := why_dead(invitation, now=now):
        raise LinkDead(code)
    return invitation


def why_dead(invitation: Invitation, *, now: datetime) -> str:
    """used, withdrawn, expired, closed; empty while the link is good."""
    if invitation.state != _State.SENT:
        return "used" if invitation.state == _State.ACCEPTED else "withdrawn"
    if invitation.expires_at <= now:
        return "expired"
    return "closed" if invitation.company.suspended_at else ""
