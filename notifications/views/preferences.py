"""How somebody is told: one's own page, and the same of a colleague for admins of the company (N-27, N-48…N-66)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.selectors import managed_inboxes
from companies.access import company_role_required, member_required
from companies.models import Membership
from companies.people import person_of
from notifications import policy
from notifications.choices import choose
from notifications.devices import devices_of
from notifications.forms import PreferenceForm, ToldForm
from notifications.selectors import preference_of
from notifications.vapid import public_key
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def preferences(request: HttpRequest) -> HttpResponse:
    """How I want to be told; a row is stored with the first change."""
    devices = {
        "devices": devices_of(request.user),
        "push_key": public_key(),
        "session_key": request.session.session_key,
    }
    return _table(request, request.member, "notifications/preferences.html", reverse("notifications"), devices)


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def of_person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same of a colleague; the change stands in the company's log."""
    person = _person(request, public_id)
    address = reverse("person_notifications", args=[person.public_id])
    return _table(request, person, "notifications/person.html", address, {})


@require_POST
@company_role_required("company.manage")
def told(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The two switches of the user panel."""
    person = _person(request, public_id)
    form = ToldForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    choose(person, wanted=form.cleaned_data, by=request.member, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect_after_post(reverse("person", args=[person.public_id]))


def _table(request: HttpRequest, person: Membership, template: str, address: str, more: dict) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    own = person.pk == request.member.pk
    form = PreferenceForm(sent, instance=preference_of(person.user_id), rows=_rows(person), own=own)
    if request.method == "POST" and form.is_valid():
        choose(person, wanted=form.wanted(), by=request.member, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect_after_post(address)
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, "person": person, "address": address} | more, status=status)


def _rows(person: Membership) -> tuple[str, ...]:
    """What nobody took is for those who manage an inbox."""
    if managed_inboxes(person).exists():
        return policy.ROWS
    return tuple(row for row in policy.ROWS if row != policy.UNCLAIMED)


def _person(request: HttpRequest, public_id: UUID) -> Membership:
    try:
        person = person_of(request.member, public_id)
    except Membership.DoesNotExist:
        raise Http404 from None
    if person.state != Membership.State.ACTIVE:
        raise Http404
    return person
