"""What follows from events here: a member who left stands in no public list, not even in what its search reads."""

from __future__ import annotations

from datetime import datetime

from companies.actions.contact_persons import refresh_functions
from companies.models import Company
from events.models import Event


def on_member(events: list[Event], now: datetime) -> None:
    """A member joined, came back or was deactivated: the functions of the contact persons who are shown."""
    for company in Company.objects.filter(pk__in={event.company_id for event in events}).exclude(contact_persons=None):
        refresh_functions(company)
