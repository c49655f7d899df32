"""Contacts: colleagues and whom one talks with; a direct conversation with one click (M-08, M-28, M-29)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from companies.access import member_required
from companies.models import Membership
from conversations.actions import directs
from conversations.actions.starting import direct_conversation
from conversations.selectors.contacts import ORDER, channels_known_to, contact_of, contacts_of, reachable
from conversations.views.commands import REFUSALS, refusal_of
from conversations.views.directs import chosen_people
from events import limits, presence
from ui.fragments import redirect_after_post
from ui.paging import BadCursor, page

_STARTS = 60  # new conversations a person may begin in ten minutes


@member_required
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """Name, picture, position, company; searchable; keyset pages."""
    return _page(request)


def _page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    rows = contacts_of(request.member, query)
    after = request.GET.get("after", "")
    try:
        found = page(rows, ORDER, after=after)
    except BadCursor:
        found, after = page(rows, ORDER), ""
    online = presence.online(person.user_id for person in found.rows if person.company_id == request.member.company_id)
    shown = [(person, _presence(person, online)) for person in found.rows]
    context = {
        "people": shown,
        "channels": [] if after else list(channels_known_to(request.member, query)[:20]),
        "query": query,
        "after": found.after,
        "error": error,
    }
    return render(request, "conversations/contacts.html", context, status=status)


def _presence(person: Membership, online: set[int]) -> str:
    """Whether a colleague is there; of another company's people nothing is told."""
    if person.user_id not in online:
        return ""
    if not person.available:
        return "away"
    return "moon" if person.is_quiet else "on"


@member_required
@require_POST
def write(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the direct conversation with one person, or begin it; foreign and missing people look alike (404)."""
    return _begin(request, [str(public_id)])


@member_required
@require_POST
def write_to_user(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same by the user's own id, as a company's page names its contact persons (E-06)."""
    person = reachable(request.member).filter(user__public_id=public_id).first()
    if person is None:
        raise Http404
    return _begin(request, [str(person.public_id)])


@member_required
@require_POST
def write_to_several(request: HttpRequest) -> HttpResponse:
    """The same with everybody whom the form names as `person`."""
    chosen = request.POST.getlist("person")
    if not chosen:
        return _page(request, error=_("Choose at least one person."), status=422)
    return _begin(request, chosen)


def _begin(request: HttpRequest, ids: list[str]) -> HttpResponse:
    people = chosen_people(request.member, ids)
    if not limits.take(f"talk:{request.user.pk}", limit=_STARTS, per_s=600, open_without_valkey=True):
        return _page(request, error=_("Too many new conversations at once. Wait a few minutes."), status=429)
    try:
        conversation = direct_conversation(request.user, *(one.user for one in people), now=timezone.now())
    except REFUSALS as error:
        refused = refusal_of(error)
        return _page(request, error=refused.text, status=refused.status)
    address = reverse("conversation", args=[conversation.public_id])
    return HttpResponseRedirect(f"{address}?view=direct", status=303)


def _of_contact(act: Callable[[HttpRequest, Membership], str]) -> Callable[..., HttpResponse]:
    """POST only, for somebody of another company in the member's contacts; else 404."""

    @member_required
    @require_POST
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            person = contact_of(request.member, public_id)
        except Membership.DoesNotExist:
            raise Http404 from None
        messages.success(request, act(request, person))
        return redirect_after_post(reverse("contacts"))

    return view


@_of_contact
def block(request: HttpRequest, person: Membership) -> str:
    """Take no messages from them where the two are alone."""
    directs.block(request.member, person=person, now=timezone.now())
    return _("%(name)s can no longer write to you alone.") % {"name": person.user.full_name}


@_of_contact
def unblock(request: HttpRequest, person: Membership) -> str:
    """Take messages again."""
    directs.unblock(request.member, person=person)
    return _("%(name)s can write to you again.") % {"name": person.user.full_name}
