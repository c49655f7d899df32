"""Settings → Users → Roles: everybody of the company against every inbox, a pencil in each cell (G-26, G-27, G-35)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels_app.selectors import RoleTable, role_table
from companies.access import company_role_required
from ui.paging import BadCursor


@require_safe
@company_role_required("company.manage")
def roles(request: HttpRequest) -> HttpResponse:
    """The table; `edit` (“member.inbox”, public ids) shows that cell as a choice."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    table = _table(request, query)
    person, _dot, inbox = request.GET.get("edit", "").partition(".")
    edited = (_uuid(person), _uuid(inbox))
    here = request.GET.copy()
    here.pop("edit", None)
    context = {"table": table, "query": query, "edited": edited, "here": here.urlencode()}
    return render(request, "channels_app/people_roles.html", context)


def _table(request: HttpRequest, query: str) -> RoleTable:
    try:
        return role_table(request.member, query, after=request.GET.get("after", ""))
    except BadCursor:
        return role_table(request.member, query)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
