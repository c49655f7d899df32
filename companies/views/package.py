"""Settings → Package: its name, since when, how much of it is used, and what the others have (M-01)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from companies.access import company_role_required
from companies.models import PackageActivation, PlanPackage
from companies.packages import LIMITS, label, usage


@require_safe
@company_role_required("company.manage")
def package(request: HttpRequest) -> HttpResponse:
    """Admins see it; an operator changes it."""
    company = request.member.company
    used = [(label(what, 2), usage(company, what)) for what in LIMITS]
    packages = [
        (row, [(label(what, 2), limit.of(row)) for what, limit in LIMITS.items()])
        for row in PlanPackage.objects.filter(active=True)
    ]
    context = {
        "company": company,
        "used": used,
        "packages": packages,
        "headings": [label(what, 2) for what in LIMITS],
        "history": PackageActivation.objects.filter(company=company).select_related("package").order_by("-at", "-id"),
    }
    return render(request, "companies/package.html", context)
