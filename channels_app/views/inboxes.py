"""Settings pages of inboxes: the list, one inbox, and who has which role in it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import back_to
from channels_app.access import inbox_required, some_inbox_managed
from channels_app.actions.inboxes import InboxRefused, create_inbox, rename_inbox, set_role
from channels_app.forms import InboxForm
from channels_app.models import InboxMembership
from channels_app.selectors import inboxes_with_numbers, may, roles_in_inbox
from channels_app.views.above import address_above
from companies.access import company_role_required
from companies.events import by_user
from companies.models import Membership
from companies.selectors import colleague, colleagues
from ui.fragments import redirect_after_post


@require_safe
@some_inbox_managed
def inboxes(request: HttpRequest) -> HttpResponse:
    """The inboxes that the member manages."""
    context = {
        "inboxes": inboxes_with_numbers(request.member),
        "admins": colleagues(request.member).filter(role=Membership.Role.ADMIN).count(),
        "may_create": may(request.member, "inbox.create"),
    }
    return render(request, "channels_app/inboxes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("inbox.create")
def new_inbox(request: HttpRequest) -> HttpResponse:
    """A new inbox; company admins only."""
    form = InboxForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        member = request.member
        try:
            inbox = create_inbox(
                member.company, name=form.cleaned_data["name"], by=by_user(member.user), now=timezone.now()
            )
        except InboxRefused:
            form.add_error("name", _("There is an inbox of this name already."))
        else:
            messages.success(request, _("The inbox is made. Now choose who works in it."))
            return redirect_after_post(_address(inbox))
    status = 422 if request.method == "POST" else 200
    return render(request, "channels_app/inbox_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@inbox_required("inbox.settings")
def inbox(request: HttpRequest) -> HttpResponse:
    """One inbox: its name, mode, people and channels."""
    if request.method != "POST":
        return _page(request, InboxForm(initial={"name": request.inbox.name}))
    form = InboxForm(request.POST)
    if form.is_valid():
        try:
            rename_inbox(
                request.inbox,
                name=form.cleaned_data["name"],
                by=by_user(request.member.user),
                now=timezone.now(),
            )
        except InboxRefused:
            form.add_error("name", _("There is an inbox of this name already."))
        else:
            messages.success(request, _("Saved."))
            return redirect_after_post(_address(request.inbox))
    return _page(request, form, status=422)


@require_POST
@inbox_required("inbox.roles")
def inbox_role(request: HttpRequest) -> HttpResponse:
    """`member` (public id) gets `role`: team_member, manager or empty for none (G-26, G-27); then back to `next`."""
    role = request.POST.get("role", "")
    if role and role not in InboxMembership.Role.values:
        return HttpResponse(status=422)
    try:
        member = colleague(request.member, UUID(request.POST.get("member", "")))
    except (Membership.DoesNotExist, ValueError):
        raise Http404 from None
    try:
        set_role(request.inbox, member=member, role=role, by=by_user(request.member.user), now=timezone.now())
    except InboxRefused:
        return HttpResponse(status=409)
    if not may(request.member, "inbox.settings", request.inbox):
        return redirect_after_post(reverse("settings"))
    return back_to(request, _address(request.inbox))


def _page(request: HttpRequest, form: InboxForm, *, status: int = 200) -> HttpResponse:
    context = {
        "inbox": request.inbox,
        "form": form,
        "people": roles_in_inbox(request.inbox),
        "channels": request.inbox.channels.prefetch_related("members__user"),
        "mode_address": address_above("inbox_mode", request.inbox.public_id),
    }
    return render(request, "channels_app/inbox.html", context, status=status)


def _address(inbox) -> str:
    return reverse("settings_inbox", args=[inbox.public_id])
