"""Companies: every listed company of the installation, each one's page and logo. Only public fields leave (S-62)."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from companies.access import member_required
from companies.company_page import parts_of
from companies.models import Company
from companies.selectors import (
    ENOUGH,
    Wanted,
    company_page,
    company_with_logo,
    countries,
    listed_companies,
    number_of,
    public_contact_persons,
)
from events import limits
from ui.fragments import frame_of, page_or_piece
from ui.paging import BadCursor, page

_PAGES_PER_MINUTE = 60
_MAX_WORDS = 8


@member_required
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Search by name, town, description or function of a contact person; by country; with channels; keyset pages
    (M-09). A company's page opens beside the list.
    """
    query = _query(request)
    if not limits.take(f"directory:{request.user.pk}", limit=_PAGES_PER_MINUTE, per_s=60, open_without_valkey=True):
        return _too_fast(request, query)
    context = _found(request, query)
    return page_or_piece(
        request, "companies/directory.html", "companies/_directory_list.html", context, frame="companies"
    )


def _query(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]


def _too_fast(request: HttpRequest, query: str) -> HttpResponse:
    context = {"query": query, "too_fast": True}
    return render(request, "companies/directory.html", context, status=429)


def _found(request: HttpRequest, query: str) -> dict:
    """The list's part of the page: one page of what was asked for, and the addresses that lead on."""
    known = countries()
    wanted = _wanted(request, query, known)
    rows = listed_companies(wanted)
    after = request.GET.get("after", "")
    try:
        found = page(rows, ("sort_name", "id"), after=after)
    except BadCursor:
        after, found = "", page(rows, ("sort_name", "id"))
    asked = {"q": query, "country": wanted.country, "channels": "1" if wanted.with_channels else ""}
    asked = {key: value for key, value in asked.items() if value}
    return {
        "query": query,
        "companies": found.rows,
        "wanted": wanted,
        "countries": known,
        "number": number_of(rows),
        "enough": ENOUGH,
        "is_first": not after,
        "first": urlencode(asked),
        "here": urlencode(asked | ({"after": after} if after else {})),
        "next": urlencode(asked | {"after": found.after}) if found.after else "",
    }


def _wanted(request: HttpRequest, query: str, known: list[str]) -> Wanted:
    words = tuple(word for word in query.split() if any(letter.isalnum() for letter in word))[:_MAX_WORDS]
    country = request.GET.get("country", "")
    return Wanted(words, country if country in known else "", request.GET.get("channels") == "1")


@member_required
@require_safe
def company(request: HttpRequest, slug: str) -> HttpResponse:
    """A listed company's public page, or one's own (M-12…M-15, M-21), beside the list from which it was opened; hidden
    and missing ones look alike.
    """
    query = _query(request)
    if not limits.take(f"company:{request.user.pk}", limit=_PAGES_PER_MINUTE, per_s=60, open_without_valkey=True):
        return _too_fast(request, query)
    try:
        shown = company_page(request.member, slug)
    except Company.DoesNotExist:
        raise Http404 from None
    context = {
        "company": shown,
        "people": list(public_contact_persons(shown)),
        "parts": parts_of(request, shown, timezone.now()),
        "is_own": shown.pk == request.member.company_id,
        "here": request.GET.urlencode(),
    }
    if frame_of(request) != "company":
        context |= _found(request, query)
    return page_or_piece(request, "companies/directory.html", "companies/_company.html", context, frame="company")


@require_safe
def logo(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """A company's logo. The address is a random UUID that its page and its chat give away; it shows nothing else."""
    try:
        content = company_with_logo(public_id).logo.open("rb")
    except (Company.DoesNotExist, FileNotFoundError):
        raise Http404 from None
    response = FileResponse(content, content_type="image/webp")
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
