"""Founding a company: the tenant, its default inbox and its first admin, all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actions import create_user
from channels_app.actions.inboxes import create_inbox
from companies.actions.companies import create_company
from companies.actions.invitations import Invitee, invite_first
from companies.actions.members import found_with
from companies.models import Company, Invitation, Membership
from events.publish import unit


def found_company(
    *,
    name: str,
    slug: str,
    language: str,
    time_zone: str,
    admin_email: str,
    admin_first_name: str,
    admin_last_name: str,
    admin_password: str,
    by: str,
    now: datetime,
) -> Membership:
    """With an admin who has a password; their membership, with its company. Raises BadCompany, BadLogin."""
    with unit():
        company = _empty_company(name=name, slug=slug, language=language, time_zone=time_zone, by=by, now=now)
        admin = create_user(
            email=admin_email,
            first_name=admin_first_name,
            last_name=admin_last_name,
            password=admin_password,
            language=language,
            time_zone=time_zone,
        )
        return found_with(company, user=admin, position=admin_position(language), by=by, now=now)


def found_by_invitation(
    *, name: str, slug: str, language: str, time_zone: str, admin: Invitee, by: str, now: datetime
) -> Invitation:
    """With an admin who is invited by mail (M-23); the invitation, with its company. Raises BadCompany."""
    with unit():
        company = _empty_company(name=name, slug=slug, language=language, time_zone=time_zone, by=by, now=now)
        return invite_first(company, invitee=admin, now=now)


def admin_position(language: str) -> str:
    """What a first admin does, in the company's language."""
    with translation.override(language):
        return _("Administrator")


def _empty_company(*, name: str, slug: str, language: str, time_zone: str, by: str, now: datetime) -> Company:
    company = create_company(name=name, slug=slug, language=language, time_zone=time_zone, by=by, now=now)
    with translation.override(language):
        create_inbox(company, name=_("General"), by=by, now=now, is_default=True)
    return company
