"""Settings → Security: the second factor that the company asks of everybody, and who has one (issue: sign-in)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.access import company_role_required
from companies.actions.security import OwnFactorFirst, require_second_factor, show_text_in_push
from companies.second_factor import with_facts
from companies.selectors import colleagues
from ui.fragments import redirect_after_post
from ui.paging import BadCursor, page


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def security(request: HttpRequest) -> HttpResponse:
    """The switch and the list; POST: `required` is 1 or 0."""
    if request.method != "POST":
        return _page(request)
    wanted = request.POST.get("required")
    if wanted not in {"0", "1"}:
        return HttpResponse(status=422)
    try:
        require_second_factor(request.member.company, required=wanted == "1", by=request.member, now=timezone.now())
    except OwnFactorFirst:
        return _page(request, own_first=True, status=422)
    messages.success(request, _("Saved."))
    return redirect_after_post(reverse("settings_security"))


@require_POST
@company_role_required("company.manage")
def push_text(request: HttpRequest) -> HttpResponse:
    """POST: `shown` is 1 or 0."""
    shown = request.POST.get("shown")
    if shown not in {"0", "1"}:
        return HttpResponse(status=422)
    show_text_in_push(request.member.company, shown=shown == "1", by=request.member, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect_after_post(reverse("settings_security"))


def _page(request: HttpRequest, *, own_first: bool = False, status: int = 200) -> HttpResponse:
    rows = with_facts(colleagues(request.member))
    missing = rows.filter(has_second_factor=False).count()
    rows = rows.order_by("has_second_factor", "id")
    try:
        found = page(rows, ("has_second_factor", "id"), after=request.GET.get("after", ""))
    except BadCursor:
        found = page(rows, ("has_second_factor", "id"))
    context = {
        "company": request.member.company,
        "members": found.rows,
        "after": found.after,
        "missing": missing,
        "own_first": own_first,
    }
    return render(request, "companies/security.html", context, status=status)
