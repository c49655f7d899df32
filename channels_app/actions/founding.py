"""Founding a company: the tenant, its first admin and its default inbox, all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actions import create_user
from channels_app.actions.inboxes import create_inbox
from companies.actions.companies import create_company
from companies.actions.members import found_with
from companies.models import Membership
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
    admin_password: str | None,
    by: str,
    now: datetime,
) -> Membership:
    """The first admin's membership, with its company. Raises BadCompany, BadLogin."""
    with unit():
        company = create_company(name=name, slug=slug, language=language, time_zone=time_zone, by=by, now=now)
        admin = create_user(
            email=admin_email,
            first_name=admin_first_name,
            last_name=admin_last_name,
            password=admin_password,
            language=language,
            time_zone=time_zone,
        )
        with translation.override(language):
            create_inbox(company, name=_("General"), by=by, now=now, is_default=True)
            return found_with(company, user=admin, position=_("Administrator"), by=by, now=now)
