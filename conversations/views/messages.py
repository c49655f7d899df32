"""One message: its page with what it said before, and its author's verbs – change it, take it back (N-26)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conversations.access import conversation_required
from conversations.actions import editing
from conversations.authors import Author
from conversations.models import Conversation, Message
from conversations.selectors.mailed import was_mailed
from conversations.selectors.messages import message_in, stored_message_data
from conversations.selectors.peers import beginning_for
from conversations.selectors.visibility import role_for
from conversations.views import pieces
from conversations.views.commands import REFUSALS, Refused, fields_of, refusal_of
from conversations.views.thread import toast, wants_json
from ui.fragments import frame_of, redirect_after_post, wants_streams
from ui.streams import response as stream_response
from ui.streams import stream

View = Callable[[HttpRequest, Conversation, Message], HttpResponse]


def message_required(view: View) -> Callable[..., HttpResponse]:
    """conversation_required, and `message` is one that the member reads there; everything else is 404."""

    def found(request: HttpRequest, conversation: Conversation) -> HttpResponse:
        try:
            beginning = beginning_for(request.member, conversation)[0]
            message = message_in(conversation, request.resolver_match.kwargs["message"], beginning=beginning)
        except Message.DoesNotExist:
            raise Http404 from None
        return view(request, conversation, message)

    opened = conversation_required(found)

    @wraps(view)
    def wrapper(request: HttpRequest, public_id: UUID, message: UUID) -> HttpResponse:
        return opened(request, public_id=public_id)

    return wrapper


@require_safe
@message_required
def message(request: HttpRequest, conversation: Conversation, message: Message) -> HttpResponse:
    """The page; for the frames of the thread the form to change it, or what it said before."""
    frame = frame_of(request)
    template = {"message-edit": "_message_edit", "message-history": "_message_history"}.get(frame, "message")
    return render(request, f"conversations/{template}.html", _context(request, conversation, message))


def _context(request: HttpRequest, conversation: Conversation, message: Message) -> dict:
    mine = message.user_id == request.member.user_id
    there = message.deleted_at is None
    in_time = timezone.now() - message.created_at <= editing.EDIT_FOR
    takes_writes = conversation.head.status != conversation.head.Status.LOCKED
    beside = "side_at" if conversation.about_id else "at"
    return {
        "conversation": conversation,
        "m": stored_message_data(message, conversation),
        "mine": mine,
        "body": message.body,
        "may_edit": mine and there and in_time and takes_writes,
        "may_delete": mine and there and takes_writes,
        "versions": list(message.versions.all()),
        "written_at": message.edited_at or message.created_at,
        "mailed": mine and there and was_mailed(conversation.pk, message.seq),
        "place": pieces.address_of(conversation, f"?{beside}={message.seq}#m-{message.client_id}"),
        "thread": pieces.address_of(conversation),
    }


@require_POST
@message_required
def edit(request: HttpRequest, conversation: Conversation, message: Message) -> HttpResponse:
    """`body`: the new text. 422 with the form and what was typed."""
    member, body = request.member, ""
    try:
        given = fields_of(request).get("body")
        body = given if isinstance(given, str) else ""
        data = editing.edit_message(
            conversation,
            message_id=message.client_id,
            author=Author.of_user(member.user),
            body=body,
            role=role_for(member, conversation),
            may_post=member.may_post_customer_replies,
            now=timezone.now(),
        )
    except (Refused, *REFUSALS) as error:
        return _refuse(request, conversation, message, error, body=body)
    return _answer(request, conversation, data)


@require_POST
@message_required
def delete(request: HttpRequest, conversation: Conversation, message: Message) -> HttpResponse:
    """Take it back."""
    author = Author.of_user(request.member.user)
    try:
        data = editing.delete_message(conversation, message_id=message.client_id, author=author, now=timezone.now())
    except (Refused, *REFUSALS) as error:
        return _refuse(request, conversation, message, error)
    return _answer(request, conversation, data)


def _answer(request: HttpRequest, conversation: Conversation, data: dict) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": data})
    if wants_streams(request):
        return stream_response([stream("place", "messages", pieces.own_message(request, data))])
    beside = "side_at" if conversation.about_id else "at"
    return redirect_after_post(pieces.address_of(conversation, f"?{beside}={data['seq']}#m-{data['id']}"))


def _refuse(
    request: HttpRequest, conversation: Conversation, message: Message, error: Exception, *, body: str | None = None
) -> HttpResponse:
    refused = error if isinstance(error, Refused) else refusal_of(error)
    if wants_json(request):
        return JsonResponse(refused.data, status=refused.status)
    context = _context(request, conversation, message) | {"refused": refused}
    if body is not None:
        context["body"] = body
    if not wants_streams(request):
        return render(request, "conversations/message.html", context, status=refused.status)
    if body is None or refused.status != 422:
        return stream_response([toast(request, refused.text)], status=refused.status)
    form = render_to_string("conversations/_message_edit.html", context, request)
    return stream_response([stream("replace", "message-edit", form)], status=refused.status)
