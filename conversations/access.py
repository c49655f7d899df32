"""Preconditions of views: the conversation, seen by the member who asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from companies.access import member_required
from conversations.models import Conversation
from conversations.selectors.visibility import conversation_for

View = Callable[..., HttpResponse]


def conversation_required(view: View) -> View:
    """member_required, and `public_id` is a conversation the member may open: the view gets the row, others 404."""

    @wraps(view)
    def wrapper(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            conversation = conversation_for(request.member, public_id)
        except Conversation.DoesNotExist:
            raise Http404 from None
        return view(request, conversation)

    return member_required(wrapper)
