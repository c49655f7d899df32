"""Settings → Audit log: who changed what, filtered, in pages, as a spreadsheet. For company admins only."""

from __future__ import annotations

import datetime as dt
import tempfile
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from companies import audit
from companies.access import company_role_required
from companies.audit_log import ORDER, WORDS, Filter, csv_lines, entries, facts, people, words
from events import limits
from ui.paging import BadCursor, page

_IN_MEMORY = 1024 * 1024
_DOWNLOADS_PER_H = 20


@require_safe
@company_role_required("company.manage")
def log(request: HttpRequest) -> HttpResponse:
    """The newest lines first; what the filter cannot read is left out of it."""
    company, wanted = request.member.company, _wanted(request.GET)
    rows = entries(company, wanted, _zone(request))
    try:
        found = page(rows, ORDER, after=request.GET.get("after", ""))
    except BadCursor:
        found = page(rows, ORDER)
    context = {
        "lines": [(row, words(row.action), facts(row)) for row in found.rows],
        "after": found.after,
        "people": people(company)[:500],
        "actions": sorted(WORDS.items(), key=lambda item: str(item[1]).casefold()),
        "wanted": wanted,
        "query": urlencode(_query(wanted)),
    }
    return render(request, "companies/audit.html", context)


@require_POST
@company_role_required("company.manage")
def download(request: HttpRequest) -> HttpResponseBase:
    """What the filter shows, as CSV; the download is a line of the log itself."""
    if not limits.take(f"audit-csv:{request.user.pk}", limit=_DOWNLOADS_PER_H, per_s=3600):
        return HttpResponse(status=429)
    company, wanted = request.member.company, _wanted(request.POST)
    zone, count = _zone(request), -1
    # Closed by the answer that sends it.
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    file.write("\ufeff".encode())
    for count, line in enumerate(csv_lines(entries(company, wanted, zone), zone)):  # noqa: B007
        file.write(line.encode())
    audit.write(company, "audit.exported", by=request.member.user, now=timezone.now(), rows=count)
    file.seek(0)
    day = timezone.localdate().isoformat()
    return FileResponse(file, as_attachment=True, filename=f"audit-{company.slug}-{day}.csv", content_type="text/csv")


def _zone(request: HttpRequest) -> ZoneInfo:
    return ZoneInfo(request.member.user.time_zone)


def _wanted(fields: QueryDict) -> Filter:
    action = fields.get("action", "")
    return Filter(
        person=_uuid(fields.get("person", "")),
        action=action if action in WORDS else "",
        since=_day(fields.get("from", "")),
        until=_day(fields.get("to", "")),
    )


def _query(wanted: Filter) -> dict[str, str]:
    parts = {"person": wanted.person, "action": wanted.action, "from": wanted.since, "to": wanted.until}
    return {name: str(value) for name, value in parts.items() if value}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2200 else None
