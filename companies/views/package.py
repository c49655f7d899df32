"""Settings → Package: its name, since when, how much of it is used, and what the others have (M-01)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.access import company_role_required
from companies.packages import LIMITS, label, usage
from companies.selectors import activations, packages


@require_safe
@company_role_required("company.manage")
def package(request: HttpRequest) -> HttpResponse:
    """Admins see it; an operator changes it."""
    company = request.member.company
    used = [(label(what, 2), usage(company, what)) for what in LIMITS]
    rows = [(row, [(label(what, 2), limit.of(row)) for what, limit in LIMITS.items()]) for row in packages()]
    context = {
        "company": company,
        "used": used,
        "packages": rows,
        "headings": [label(what, 2) for what in LIMITS],
        "history": activations(company),
    }
    return render(request, "companies/package.html", context)
