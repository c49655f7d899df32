"""The way into the settings: which parts there are for this member."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.access import member_required


@require_safe
@member_required
def overview(request: HttpRequest) -> HttpResponse:
    """Cards of every part that the member may open (M-10)."""
    return render(request, "companies/settings_overview.html")
