"""What apps above show on a colleague's page in the settings; memo/wiring.py fills the list."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from companies.models import Membership

# Each takes (request, person) and gives HTML, or "" when it has nothing to show.
PARTS: list[Callable[[HttpRequest, Membership], str]] = []


def parts_of(request: HttpRequest, person: Membership) -> list[str]:
    """The further blocks of the page, in the order of memo/wiring.py."""
    return [html for part in PARTS if (html := part(request, person))]
