"""Settings → Privacy: one's own data as a ZIP; for admins the data of people whom the company knows, and erasing."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from companies import roles
from companies.access import company_role_required, member_required
from companies.actions.members import LastAdmin
from companies.actions.privacy import Plan, erase, everywhere, export, in_company
from companies.events import by_user
from events import limits
from events.personal import Person
from ui.fragments import redirect_after_post

_DOWNLOADS_PER_H = 10


@require_safe
@member_required
def privacy(request: HttpRequest) -> HttpResponse:
    """One's own part; admins also look for somebody by address (`email`)."""
    return _page(request, _person(request, request.GET.get("email", "")) if _is_admin(request) else None)


@require_POST
@member_required
def mine(request: HttpRequest) -> HttpResponseBase:
    """Everything about the signed-in person, wherever it stands."""
    return _zip(request, everywhere(request.member.user.email))


@require_POST
@company_role_required("company.manage")
def theirs(request: HttpRequest) -> HttpResponseBase:
    """Everything that the company has on one person; 404 when it has nothing."""
    person = _person(request, request.POST.get("email", ""))
    if person is None or not person.known:
        return _page(request, person, status=404)
    return _zip(request, person)


@require_POST
@company_role_required("company.manage")
def forget(request: HttpRequest) -> HttpResponse:
    """Without `confirm` the dry run; with the address typed once more it is done (irrevocably)."""
    person = _person(request, request.POST.get("email", ""))
    if person is None or not person.known:
        return _page(request, person, status=404)
    typed = request.POST.get("confirm", "").strip().casefold()
    sure = typed == person.email.casefold()
    who = {"by": request.member.user, "by_key": by_user(request.member.user), "now": timezone.now()}
    try:
        plan = erase(person, **who, dry_run=not sure)
    except LastAdmin:
        messages.error(request, _("This is the only admin of the company: name another one first."))
        return redirect_after_post(reverse("settings_privacy"))
    if not sure:
        return _page(request, person, plan=plan, wrong=bool(typed), status=422 if typed else 200)
    if person.user_id == request.member.user_id:
        return redirect_after_post("/")
    messages.success(request, _("The person is forgotten. The threads stay, written by “Deleted user”."))
    return redirect_after_post(reverse("settings_privacy"))


def _is_admin(request: HttpRequest) -> bool:
    return roles.allowed(roles.ADMIN if request.member.is_admin else roles.USER, "company.manage")


def _person(request: HttpRequest, email: str) -> Person | None:
    return in_company(request.member.company, email) if email.strip() else None


def _zip(request: HttpRequest, person: Person) -> HttpResponseBase:
    if not limits.take(f"privacy:{request.user.pk}", limit=_DOWNLOADS_PER_H, per_s=3600):
        return render(request, "429.html", status=429)
    file = export(person, by=request.member.user, now=timezone.now())
    return FileResponse(file, as_attachment=True, filename="memo-data.zip", content_type="application/zip")


def _page(
    request: HttpRequest, person: Person | None, *, plan: Plan | None = None, wrong: bool = False, status: int = 200
) -> HttpResponse:
    counts = [(_(name), count) for name, count in plan.counts.items()] if plan else []
    context = {"person": person, "plan": plan, "counts": counts, "wrong": wrong, "is_admin": _is_admin(request)}
    return render(request, "companies/privacy.html", context, status=status)
