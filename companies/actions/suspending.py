"""Stopping a company and letting it go on: its people are out, its chat says so, nothing of it leaves (operators)."""

from __future__ import annotations

from datetime import datetime

from accounts.actions import end_sessions
from companies import events
from companies.actions.members import bump_rights
from companies.models import Company, Membership
from companies.packages import lock
from events.publish import unit


def suspend_company(company: Company, *, by: str, now: datetime) -> Company:
    """Sessions and sockets end at once, visitors' sockets within ten seconds, no mail leaves; nothing is deleted and
    nothing of others is touched. Twice is no error.
    """
    with unit():
        company = lock(company)
        if company.suspended_at is not None:
            return company
        company.suspended_at = now
        company.save(update_fields=["suspended_at"])
        members = Membership.objects.filter(company=company, state=Membership.State.ACTIVE).select_related("user")
        for member in members.order_by("pk"):
            end_sessions(member.user)
            bump_rights(member)
        events.company_suspended(company, by=by, now=now)
        return company


def resume_company(company: Company, *, by: str, now: datetime) -> Company:
    """Everybody may sign in again and the chat is back; what was held back while it stood still is not sent later."""
    with unit():
        company = lock(company)
        if company.suspended_at is None:
            return company
        company.suspended_at = None
        company.save(update_fields=["suspended_at"])
        events.company_resumed(company, by=by, now=now)
        return company
