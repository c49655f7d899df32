"""The notification centre: a page, the panel of the bell, and marking read."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.views import back_to
from companies.access import member_required
from notifications.centre import centre as centre_of
from notifications.centre import has_any
from notifications.marking import mark_read
from ui.fragments import frame_of
from ui.paging import BadCursor


@require_safe
@member_required
def centre(request: HttpRequest) -> HttpResponse:
    """What called for me, newest first; `unread=1` for what is unseen; keyset pages."""
    unread = request.GET.get("unread") == "1"
    try:
        found = centre_of(request.member, after=request.GET.get("after", ""), unread=unread)
    except BadCursor:
        found = centre_of(request.member, unread=unread)
    context = {"centre": found, "unread_only": unread, "first": "after" not in request.GET}
    frame = frame_of(request)
    if frame == "bell-notices":
        return render(request, "notifications/_panel.html", context)
    if frame.startswith("notices-"):
        return render(request, "notifications/_more.html", context | {"frame": frame})
    return render(request, "notifications/centre.html", context)


@require_POST
@member_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything that is unseen; what rings stays."""
    mark_read(request.user, now=timezone.now())
    return back_to(request, reverse("centre"))


@require_POST
@member_required
def read_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What one conversation brought; where nothing was brought to oneself there is nothing."""
    if not has_any(request.user.pk, public_id):
        raise Http404
    mark_read(request.user, conversation=public_id, now=timezone.now())
    return back_to(request, reverse("centre"))
