"""What helps while a message is written: how it will look, and who can be named in it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from companies.access import member_required
from conversations import markup
from conversations.access import conversation_required
from conversations.actions.posting import MAX_BODY, clean_body
from conversations.models import Conversation
from conversations.naming import named_in
from conversations.selectors.mentionable import readers_inside
from conversations.selectors.visibility import conversation_for, side_conversation_for
from events import limits

_MOST = 500


@require_POST
@member_required
def preview(request: HttpRequest) -> HttpResponse:
    """`body` as HTML, by the code that draws messages; `c` and `kind` say for whom, so that names are shown."""
    if not limits.take(f"preview:{request.member.user_id}", limit=120, per_s=60, open_without_valkey=True):
        return HttpResponse(status=429)
    body = clean_body(request.POST.get("body", ""))[:MAX_BODY]
    people = _readers(request) if "@" in body else []
    names = [(one.name, str(one.user.public_id)) for one in named_in(body, people)]
    shown = markup.rendered(body, names) or _("There is nothing to show yet.")
    return HttpResponse(shown, headers={"Cache-Control": "private, no-store"})


def _readers(request: HttpRequest) -> list:
    try:
        conversation = conversation_for(request.member, UUID(request.POST.get("c", "")))
    except (ValueError, Conversation.DoesNotExist):
        return []
    if conversation.kind == Conversation.Kind.CUSTOMER and request.POST.get("kind") != "internal":
        return []
    return readers_inside(conversation, side_conversation_for(request.member, conversation))


@require_safe
@conversation_required
def names(request: HttpRequest, conversation: Conversation) -> JsonResponse:
    """{"people": [{"id", "name"}]}: those who read the internal side or the direct conversation, without oneself."""
    side = side_conversation_for(request.member, conversation)
    people = [user for user in readers_inside(conversation, side) if user.pk != request.member.user_id]
    return JsonResponse({"people": [{"id": str(user.public_id), "name": user.full_name} for user in people[:_MOST]]})
