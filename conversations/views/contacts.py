"""Contacts: colleagues, and a direct conversation with one click (M-08, M-28)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from companies.access import member_required
from companies.models import Membership
from companies.selectors import colleague, colleagues
from conversations.actions.starting import direct_conversation
from events import presence


@member_required
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """Name, picture, position; searchable."""
    query = " ".join(request.GET.get("q", "").split())[:80]
    people = list(colleagues(request.member, query).exclude(user=request.user)[:500])
    online = presence.online(person.user_id for person in people)
    shown = [(person, _presence(person, online)) for person in people]
    return render(request, "conversations/contacts.html", {"people": shown, "query": query})


def _presence(person: Membership, online: set[int]) -> str:
    if person.user_id not in online:
        return ""
    return "on" if person.available else "away"


@member_required
@require_POST
def write(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the direct conversation with a colleague, or begin it; foreign and missing people look alike (404)."""
    try:
        other = colleague(request.member, public_id)
    except Membership.DoesNotExist:
        raise Http404 from None
    if other.user_id == request.user.pk:
        raise Http404
    conversation = direct_conversation(request.user, other.user, now=timezone.now())
    address = reverse("conversation", args=[conversation.public_id])
    return HttpResponseRedirect(f"{address}?view=direct", status=303)
