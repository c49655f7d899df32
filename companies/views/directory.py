"""Companies: every listed company of the installation, and each one's page. Only public fields ever leave (S-62)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.access import member_required
from companies.models import Company
from companies.selectors import listed_companies, listed_company
from events import limits
from ui.paging import BadCursor, page

_PAGES_PER_MINUTE = 60


@member_required
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Search by name, town or description; keyset pages (M-09)."""
    if not limits.take(f"directory:{request.user.pk}", limit=_PAGES_PER_MINUTE, per_s=60, open_without_valkey=True):
        return render(request, "companies/directory.html", {"companies": [], "too_fast": True}, status=429)
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    rows = listed_companies(query)
    try:
        found = page(rows, ("name", "id"), after=request.GET.get("after", ""))
    except BadCursor:
        found = page(rows, ("name", "id"))
    return render(request, "companies/directory.html", {"companies": found.rows, "query": query, "after": found.after})


@member_required
@require_safe
def company(request: HttpRequest, slug: str) -> HttpResponse:
    """A listed company's public page (M-12…M-14); hidden and missing ones look alike."""
    try:
        shown = listed_company(slug)
    except Company.DoesNotExist:
        raise Http404 from None
    return render(request, "companies/company.html", {"company": shown})
