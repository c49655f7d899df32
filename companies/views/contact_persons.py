"""Settings → Contact persons: whom the company names in public, with which function, in which order (M-21, M-22)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from companies.access import company_role_required
from companies.actions.contact_persons import (
    Contact,
    ContactRefused,
    add_contact_person,
    edit_contact_person,
    move_contact_person,
    remove_contact_person,
)
from companies.company_forms import ContactPersonForm, contact_initial
from companies.events import by_user
from companies.models import ContactPerson
from companies.selectors import colleagues, contact_persons, not_yet_named
from ui.fragments import redirect_after_post

_manage = company_role_required("company.manage")
_REFUSED = {
    "taken": ("person", gettext_lazy("This user is named already.")),
    "too_many": (None, gettext_lazy("A company names at most 50 contact persons.")),
}


@require_safe
@_manage
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who is named, in order; users who left are marked and not shown to others."""
    rows = contact_persons(request.member.company)
    return render(request, "companies/contact_persons.html", {"people": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@_manage
def new(request: HttpRequest) -> HttpResponse:
    """Name somebody more."""
    members = list(not_yet_named(request.member))
    form = ContactPersonForm(request.POST if request.method == "POST" else None, members=members)
    if request.method == "POST" and form.is_valid():

        def store(contact: Contact) -> None:
            add_contact_person(
                request.member.company, contact=contact, by=by_user(request.member.user), now=timezone.now()
            )

        if _stored(form, store):
            messages.success(request, _("Saved."))
            return _back()
    status = 422 if request.method == "POST" else 200
    return render(request, "companies/contact_person.html", {"form": form, "person": None}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@_manage
def one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One contact person's data."""
    person = _person(request, public_id)
    members = list(colleagues(request.member))
    form = ContactPersonForm(
        request.POST if request.method == "POST" else None, members=members, initial=contact_initial(person, members)
    )
    if request.method == "POST" and form.is_valid():

        def store(contact: Contact) -> None:
            edit_contact_person(person, contact=contact, by=by_user(request.member.user), now=timezone.now())

        if _stored(form, store):
            messages.success(request, _("Saved."))
            return _back()
    status = 422 if request.method == "POST" else 200
    return render(request, "companies/contact_person.html", {"form": form, "person": person}, status=status)


def _stored(form: ContactPersonForm, store) -> bool:
    try:
        store(form.contact())
    except ContactRefused as refused:
        field, words = _REFUSED[refused.code]
        form.add_error(field, words)
        return False
    return True


@require_POST
@_manage
def move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One place `up` or `down`."""
    steps = {"up": -1, "down": 1}.get(request.POST.get("to", ""))
    if steps is None:
        return HttpResponse(status=422)
    person = _person(request, public_id)
    move_contact_person(person, steps=steps, by=by_user(request.member.user), now=timezone.now())
    return _back()


@require_POST
@_manage
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Named no longer."""
    person = _person(request, public_id)
    remove_contact_person(person, by=by_user(request.member.user), now=timezone.now())
    messages.success(request, _("The person is named no longer."))
    return _back()


def _person(request: HttpRequest, public_id: UUID) -> ContactPerson:
    try:
        return contact_persons(request.member.company).select_related("company", "user").get(public_id=public_id)
    except ContactPerson.DoesNotExist:
        raise Http404 from None


def _back() -> HttpResponse:
    return redirect_after_post(reverse("contact_persons"))
