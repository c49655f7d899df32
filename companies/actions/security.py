"""What a company asks of everybody's sign-in, and what may leave for lock screens."""

from __future__ import annotations

from datetime import datetime

from companies import events
from companies.models import Company, Membership
from companies.packages import lock
from companies.second_factor import lacks_second_factor, without_one
from companies.selectors import active_memberships
from events.publish import unit


class OwnFactorFirst(Exception):
    """The admin who asks it of others has no second factor yet: they would shut themselves out."""


def show_text_in_push(company: Company, *, shown: bool, by: Membership, now: datetime) -> Company:
    """Whether push messages carry the text: it passes the browser makers' servers sealed, and shows on lock screens."""
    with unit():
        company = lock(company)
        if company.push_shows_text != shown:
            company.push_shows_text = shown
            company.save(update_fields=["push_shows_text"])
            events.settings_changed(
                company,
                subject_id=company.pk,
                what="company.push_text",
                by=events.by_user(by.user),
                now=now,
                subject=company.name,
                on=shown,
            )
        return company


def require_second_factor(company: Company, *, required: bool, by: Membership, now: datetime) -> Company:
    """From the next request on; open sockets of who has none look at their rights at once. Raises OwnFactorFirst."""
    with unit():
        company = lock(company)
        if company.second_factor_required == required:
            return company
        company.second_factor_required = required
        by.company.second_factor_required = required
        if lacks_second_factor(by):
            by.company.second_factor_required = not required
            raise OwnFactorFirst
        company.save(update_fields=["second_factor_required"])
        events.settings_changed(
            company,
            subject_id=company.pk,
            what="company.second_factor",
            by=events.by_user(by.user),
            now=now,
            subject=company.name,
            required=required,
        )
        if required:
            for member in without_one(active_memberships().filter(company=company)):
                events.rights_changed(member)
        return company
