"""What apps above show on a company's page; memo/wiring.py fills the list, nothing is imported upwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest

from companies.models import Company

# Each takes (request, company, now) and gives HTML, or "" when it has nothing to show.
PARTS: list[Callable[[HttpRequest, Company, datetime], str]] = []


def parts_of(request: HttpRequest, company: Company, now: datetime) -> list[str]:
    """The further blocks of the page, in the order of memo/wiring.py."""
    return [html for part in PARTS if (html := part(request, company, now))]
