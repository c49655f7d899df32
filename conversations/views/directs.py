"""What one can do with a direct conversation: archive, mute, add people, leave (M-07, M-28, model.md §4.1)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from companies.models import Membership
from conversations.access import conversation_required
from conversations.actions import directs
from conversations.models import Conversation
from conversations.selectors.contacts import ORDER, contacts_of, reachable_people
from conversations.selectors.peers import people_of
from conversations.views import pieces
from conversations.views.commands import REFUSALS, refusal_of
from conversations.views.verbs import verb
from ui.fragments import redirect_after_post
from ui.paging import BadCursor, page


@verb
def archive(request: HttpRequest, conversation: Conversation) -> None:
    """Into my archive; the others read a line and may do the same."""
    directs.archive(conversation, user=request.member.user, now=timezone.now())


@verb
def unarchive(request: HttpRequest, conversation: Conversation) -> None:
    """Back into Conversations."""
    directs.unarchive(conversation, user=request.member.user)


@verb
def mute(request: HttpRequest, conversation: Conversation) -> None:
    """`muted` 1 or 0: counted, but no sound, bubble or mail."""
    directs.mute(conversation, user=request.member.user, muted=request.POST.get("muted") == "1")


@verb
def leave(request: HttpRequest, conversation: Conversation) -> None:
    """Take part no longer."""
    directs.leave(conversation, member=request.member, now=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@conversation_required
def people(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Choose whom to add from the contacts; POST `person` (several) adds them. No customer is in any list of this."""
    if conversation.kind != Conversation.Kind.DIRECT:
        raise Http404
    if request.method != "POST":
        return _choose(request, conversation)
    chosen = chosen_people(request.member, request.POST.getlist("person"))
    try:
        directs.add_people(conversation, people=[one.user for one in chosen], by=request.member, now=timezone.now())
    except REFUSALS as error:
        refused = refusal_of(error)
        return _choose(request, conversation, error=refused.text, status=refused.status)
    return redirect_after_post(pieces.address_of(conversation, "?view=direct"))


def chosen_people(member: Membership, ids: list[str]) -> list[Membership]:
    """The people whom the form names; foreign, unknown and malformed ids, customers' and one's own are 404 alike."""
    try:
        return reachable_people(member, [UUID(one) for one in ids])
    except (ValueError, Membership.DoesNotExist):
        raise Http404 from None


def _choose(request: HttpRequest, conversation: Conversation, *, error: str = "", status: int = 200) -> HttpResponse:
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    here = [peer.user.pk for peer in people_of([conversation.pk]).get(conversation.pk, [])]
    rows = contacts_of(request.member, query).exclude(user_id__in=here)
    try:
        found = page(rows, ORDER, after=request.GET.get("after", ""))
    except BadCursor:
        found = page(rows, ORDER)
    context = {
        "conversation": conversation,
        "people": found.rows,
        "after": found.after,
        "query": query,
        "error": error,
        "back": pieces.address_of(conversation, "?view=direct"),
    }
    return render(request, "conversations/add_people.html", context, status=status)
