"""What a company asks of everybody's sign-in."""

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
