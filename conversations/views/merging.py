"""Join two requests of one person: choose which, join, undo, and read what was joined."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from companies.models import Membership
from conversations.access import conversation_required
from conversations.actions import merging
from conversations.actions.later import send_all_now
from conversations.models import Conversation
from conversations.selectors import timeline
from conversations.selectors.merged import candidates_for, merged_part
from conversations.selectors.rights import rights_of
from conversations.selectors.visibility import conversation_for, role_for, side_conversation_for
from conversations.views import pieces
from conversations.views.commands import REFUSALS, Refused, refusal_of
from conversations.views.verbs import verb
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@conversation_required
def merge(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """GET: other requests of the same person. POST `source`: that one is joined to this one."""
    if conversation.kind != Conversation.Kind.CUSTOMER:
        raise Http404
    if request.method != "POST" or "merge" not in rights_of(request.member, conversation).verbs:
        return _choose(request, conversation)
    try:
        source = _source(request.member, request.POST.get("source", ""))
        roles_in = (role_for(request.member, source), role_for(request.member, conversation))
        for one in (source, conversation):
            send_all_now(one, user=request.member.user, now=timezone.now())
        merging.merge(source, conversation, by=request.member, roles_in=roles_in, now=timezone.now())
    except (Refused, *REFUSALS) as error:
        refused = error if isinstance(error, Refused) else refusal_of(error)
        return _choose(request, conversation, error=refused.text, status=refused.status)
    return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))


def _source(member: Membership, public_id: str) -> Conversation:
    """Foreign, unknown and malformed alike (S-02)."""
    try:
        return conversation_for(member, UUID(public_id))
    except (ValueError, Conversation.DoesNotExist):
        raise Refused(422, "bad_request", _("Choose one of the list.")) from None


def _choose(request: HttpRequest, conversation: Conversation, *, error: str = "", status: int = 200) -> HttpResponse:
    rights = rights_of(request.member, conversation)
    if not error and "merge" not in rights.verbs:
        error, status = _("You may not do this here."), 403
    context = {
        "conversation": conversation,
        "candidates": candidates_for(request.member, conversation) if "merge" in rights.verbs else [],
        "error": error,
        "back": pieces.address_of(conversation, pieces.folder_query(request)),
    }
    return render(request, "conversations/merge.html", context, status=status)


@verb
def unmerge(request: HttpRequest, conversation: Conversation) -> None:
    """`source`: apart again, as it was."""
    source = _part_of(conversation, request.POST.get("source", ""))
    roles_in = (role_for(request.member, source), role_for(request.member, conversation))
    merging.undo(source, by=request.member, roles_in=roles_in, now=timezone.now())


def _part_of(conversation: Conversation, public_id: str) -> Conversation:
    try:
        return merged_part(conversation, UUID(public_id))
    except (ValueError, Conversation.DoesNotExist):
        raise Refused(409, "conflict", _("This is not joined any more.")) from None


@require_safe
@conversation_required
def part(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """?of=: the newest lines of what was joined, for its fold in the thread."""
    try:
        source = merged_part(conversation, UUID(request.GET.get("of", "")))
    except (ValueError, Conversation.DoesNotExist):
        raise Http404 from None
    try:
        whole = conversation_for(request.member, source.public_id)
    except Conversation.DoesNotExist:
        whole = None
    side = side_conversation_for(request.member, whole) if whole else None
    shown = timeline.latest(request.member, source, side)
    messages = [entry for entry in shown.entries if entry["type"] in {"message", "day"}]
    context = {
        "source": source,
        "entries": messages,
        "more": shown.older is not None,
        "may_open": whole is not None,
        "frame": f"merged-{source.public_id}",
    }
    return render(request, "conversations/_merged.html", context)
