"""Inboxes: making and naming them, and who works in them with which role."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from channels_app import events
from channels_app.models import ChannelMember, Inbox, InboxMembership
from companies.actions.members import bump_rights
from companies.models import Company, Membership
from events.publish import unit


class InboxRefused(Exception):
    """The change cannot be made; `code` is name_taken, admin or inactive."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def create_inbox(company: Company, *, name: str, by: str, now: datetime, is_default: bool = False) -> Inbox:
    """A team's work-space, in assignment mode (M-35). Raises InboxRefused(name_taken)."""
    with unit():
        try:
            with transaction.atomic():
                inbox = Inbox.objects.create(company=company, name=name, is_default=is_default)
        except IntegrityError:
            raise InboxRefused("name_taken") from None
        events.inbox_changed(inbox, "inbox.created", by=by, now=now)
        return inbox


def rename_inbox(inbox: Inbox, *, name: str, by: str, now: datetime) -> Inbox:
    """Raises InboxRefused(name_taken)."""
    if inbox.name == name:
        return inbox
    with unit():
        try:
            with transaction.atomic():
                Inbox.objects.filter(pk=inbox.pk).update(name=name)
        except IntegrityError:
            raise InboxRefused("name_taken") from None
        inbox.name = name
        events.inbox_changed(inbox, "inbox.renamed", by=by, now=now)
        return inbox


def set_role(inbox: Inbox, *, member: Membership, role: str, by: str, now: datetime) -> None:
    """A member's role in one inbox; empty = none (G-26, G-27). Works at their next request, sockets look at once.

    Raises InboxRefused: admin (company admins are managers everywhere, nothing is stored), inactive.
    """
    if member.company_id != inbox.company_id:
        raise Membership.DoesNotExist
    if role and role not in InboxMembership.Role.values:
        raise ValueError(f"no role: {role}")
    with unit():
        member = Membership.objects.select_for_update(of=("self",)).select_related("user", "company").get(pk=member.pk)
        if member.state != Membership.State.ACTIVE:
            raise InboxRefused("inactive")
        if member.is_admin:
            raise InboxRefused("admin")
        if role == stored_role(inbox, member):
            return
        _store_role(inbox, member, role)
        bump_rights(member)
        events.inbox_role_changed(inbox, user_id=member.user_id, role=role, by=by, now=now)


def stored_role(inbox: Inbox, member: Membership) -> str:
    """The role as stored; empty = none."""
    return (
        InboxMembership.objects.filter(inbox=inbox, user_id=member.user_id).values_list("role", flat=True).first() or ""
    )


def _store_role(inbox: Inbox, member: Membership, role: str) -> None:
    if role:
        InboxMembership.objects.update_or_create(inbox=inbox, user_id=member.user_id, defaults={"role": role})
        return
    # Who leaves the inbox leaves its rings too: nobody is asked about what they may not read.
    ChannelMember.objects.filter(channel__inbox=inbox, user_id=member.user_id).delete()
    InboxMembership.objects.filter(inbox=inbox, user_id=member.user_id).delete()


def let_in(inbox: Inbox, *, member: Membership, by: str, now: datetime) -> None:
    """Team member at least: who is put into a ring must be able to read its requests. Needs a unit()."""
    _, is_new = InboxMembership.objects.get_or_create(inbox=inbox, user_id=member.user_id)
    if is_new:
        bump_rights(member)
        events.inbox_role_changed(inbox, user_id=member.user_id, role=InboxMembership.Role.TEAM_MEMBER, by=by, now=now)
