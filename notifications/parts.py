"""The block about notifications on a colleague's page in the settings (memo/wiring.py, PERSON_PAGE)."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from companies.models import Membership
from notifications.forms import ToldForm
from notifications.selectors import preference_of


def of_person(request: HttpRequest, person: Membership) -> str:
    """The two switches, and the way to the whole table; "" for people who do not work here any more (N-27)."""
    if person.state != Membership.State.ACTIVE:
        return ""
    stored = preference_of(person.user_id)
    form = ToldForm(initial={"from_customers": stored.from_customers, "from_users": stored.from_users})
    return render_to_string("notifications/_person.html", {"person": person, "form": form}, request)
