"""What the settings of inboxes and channels need from conversations: the mode switch and the ring log."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from channels_app.access import channel_required, inbox_required
from conversations.actions.assigning import switch_mode
from conversations.authors import Author
from conversations.selectors.offers import recent_offers


@inbox_required("inbox.settings")
@require_POST
def mode(request: HttpRequest) -> HttpResponse:
    """assignment=1|0: assignment or open mode (G-09…G-13); offers are withdrawn, assignees cleared (A-01)."""
    assignment = request.POST.get("assignment") == "1"
    if assignment != request.inbox.assignment_enabled:
        by = Author.of_user(request.user)
        switch_mode(request.inbox, assignment=assignment, by=by, now=timezone.now())
    return HttpResponseRedirect(reverse("settings_inbox", args=[request.inbox.public_id]), status=303)


@channel_required
@require_safe
def ring_log(request: HttpRequest) -> HttpResponse:
    """The newest offers of a channel in plain words, as a frame of its settings page."""
    return render(request, "conversations/ring_log.html", {"offers": recent_offers(request.channel)})
