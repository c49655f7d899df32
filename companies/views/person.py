"""One colleague: their data, role, licence and switches; taking them out and back in. For company admins."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.access import company_role_required
from companies.actions.members import (
    LastAdmin,
    WorksElsewhere,
    change_role,
    deactivate_member,
    edit_member,
    reactivate_member,
    set_rights,
)
from companies.events import by_user
from companies.models import Membership
from companies.packages import NoRoom
from companies.people import person_of
from companies.people_forms import ColleagueForm
from companies.person_page import parts_of
from companies.views.people import roles_url, room
from events.publish import unit
from ui.fragments import redirect_after_post

_OWN = ("first_name", "last_name", "phone")
_RIGHTS = ("engagement_licence", "may_post_customer_replies", "may_manage_customers")


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything an admin may change about a colleague, saved together (G-33…G-35, M-25)."""
    member = _person(request, public_id)
    if request.method != "POST":
        return _page(request, member, ColleagueForm(initial=_initial(member)))
    form = ColleagueForm(request.POST)
    if form.is_valid() and _save(request, member, form):
        messages.success(request, _("Saved."))
        return redirect_after_post(_after(request, member))
    return _page(request, member, form, status=422)


def _save(request: HttpRequest, member: Membership, form: ColleagueForm) -> bool:
    wanted, how = form.cleaned_data, {"by": by_user(request.member.user), "now": timezone.now()}
    try:
        with unit():
            edit_member(member, **{name: wanted[name] for name in (*_OWN, "position")}, **how)
            set_rights(member, **{name: wanted[name] for name in _RIGHTS}, **how)
            change_role(member, role=wanted["role"], **how)
    except LastAdmin:
        form.add_error("role", last_admin_text())
        return False
    return True


@require_POST
@company_role_required("company.manage")
def deactivate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Sessions and sockets end at once, what the person holds goes to others, the seat is free (INV-20)."""
    member = _person(request, public_id)
    try:
        deactivate_member(member, by=by_user(request.member.user), now=timezone.now())
    except LastAdmin:
        messages.error(request, last_admin_text())
        return redirect_after_post(_address(member))
    if member.pk == request.member.pk:
        return redirect_after_post("/")
    messages.success(request, _("%(name)s is deactivated and signed out.") % {"name": member.user.full_name})
    return redirect_after_post(_address(member))


@require_POST
@company_role_required("company.manage")
def reactivate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Back to work with the roles of before, if the package has room."""
    member = _person(request, public_id)
    try:
        reactivate_member(member, by=by_user(request.member.user), now=timezone.now())
    except NoRoom as full:
        messages.error(request, _("Your package is full: %(usage)s.") % {"usage": full})
    except WorksElsewhere:
        messages.error(request, _("This person works in another company now."))
    else:
        messages.success(request, _("%(name)s works here again.") % {"name": member.user.full_name})
    return redirect_after_post(_address(member))


def last_admin_text() -> str:
    """A company without an admin could not be run any more."""
    return _("This is the only admin: make somebody else admin first.")


def _person(request: HttpRequest, public_id: UUID) -> Membership:
    try:
        return person_of(request.member, public_id)
    except Membership.DoesNotExist:
        raise Http404 from None


def _initial(member: Membership) -> dict:
    own = {name: getattr(member.user, name) for name in _OWN}
    return own | {name: getattr(member, name) for name in ("position", "role", *_RIGHTS)}


def _page(request: HttpRequest, member: Membership, form: ColleagueForm, *, status: int = 200) -> HttpResponse:
    # After a refused save the head of the page shows what is stored, not what was typed.
    stored = person_of(request.member, member.public_id) if status != 200 else member
    context = {"person": stored, "form": form, "is_active": stored.state == Membership.State.ACTIVE}
    context |= room(stored.company) | {"roles_url": roles_url(), "parts": parts_of(request, stored)}
    return render(request, "companies/people_person.html", context, status=status)


def _address(member: Membership) -> str:
    return reverse("person", args=[member.public_id])


def _after(request: HttpRequest, member: Membership) -> str:
    """Who has just made themselves a member may not see this page any more."""
    gave_up = member.pk == request.member.pk and not person_of(request.member, member.public_id).is_admin
    return reverse("settings") if gave_up else _address(member)
