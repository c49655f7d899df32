"""The visitor's conversations and their messages; every answer is JSON, every object is looked up by its viewer."""

from __future__ import annotations

from uuid import UUID

from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_app.models import Channel
from channels_app.selectors import channels_of_widget
from conversations.actions.locking import NotAllowed
from conversations.actions.posting import BadMessage, ClientIdTaken, Locked
from conversations.actions.reading import mark_seen
from conversations.models import Conversation, Message
from conversations.selectors.messages import changed_since, page, stored_message_data
from conversations.selectors.requests import requester_seat
from conversations.selectors.visibility import conversation_for
from widget import actions, limits, payload, selectors
from widget.access import WidgetRequest, conversation_required, visitor_required, widget_required
from widget.errors import Failure

_BODY = 20_000  # characters read; what is stored is the action's rule (10,000) and its words


@require_http_methods(["GET", "POST"])
@visitor_required("read")
def conversations(request: WidgetRequest) -> JsonResponse:
    """GET: the visitor's own. POST {"start_id","client_id","body","channel"?,"files"?,"follow_up_of"?}: a new one."""
    if request.method == "GET":
        return JsonResponse({"conversations": selectors.conversations_data(request.visitor, now=timezone.now())})
    if not limits.allow("start", request, visitor_id=request.visitor.pk):
        raise Failure(429, "slow_down")
    data = payload.read(request)
    try:
        conversation, message = actions.start(
            request.visitor,
            channel=_channel(request, data),
            start_id=payload.identifier(data, "start_id"),
            follow_up_of=_follow_up_of(request, data),
            now=timezone.now(),
            **_message_fields(data),
        )
    except (BadMessage, ClientIdTaken, Locked, NotAllowed) as refusal:
        raise _failure(refusal) from None
    return _stored(request, conversation.public_id, message, status=201)


@require_http_methods(["GET", "POST"])
@conversation_required("read")
def messages(request: WidgetRequest) -> JsonResponse:
    """GET ?after=seq&changed=number | ?before=seq: messages in order, with `after` also those before it that were
    edited or deleted after the change of this number. POST {"client_id","body","files"?}: one more.
    """
    if request.method == "GET":
        since = requester_seat(request.visitor, request.conversation) or 0
        found = _changed(request, since) + page(request.conversation, beginning=since, **_cursor(request))
        return JsonResponse(
            {
                "messages": [stored_message_data(message, request.conversation) for message in found],
                "conversation": selectors.conversation_data(request.conversation, request.visitor, now=timezone.now()),
            }
        )
    if not limits.allow("say", request, visitor_id=request.visitor.pk):
        raise Failure(429, "slow_down")
    fields = _message_fields(payload.read(request))
    try:
        posted = actions.say(request.visitor, request.conversation, now=timezone.now(), **fields)
    except (BadMessage, ClientIdTaken, Locked, NotAllowed) as refusal:
        raise _failure(refusal) from None
    status = 201 if posted.created else 200
    # It may have gone into the conversation that this one was merged into.
    return _stored(request, posted.message.conversation.public_id, posted.message, status=status)


@require_POST
@conversation_required("signal")
def seen(request: WidgetRequest) -> JsonResponse:
    """{"seq"}: read that far, in a page that was visible and focused for a second (model.md §4.3)."""
    seq = payload.position(payload.read(request).get("seq"), "seq")
    read = mark_seen(request.conversation, viewer=request.visitor, seq=seq, now=timezone.now())
    return JsonResponse({"read": read})


@require_POST
@conversation_required("signal")
def typing(request: WidgetRequest) -> JsonResponse:
    """The visitor writes; a whisper to the team."""
    actions.signal_typing(request.visitor, request.conversation)
    return JsonResponse({})


@require_GET
@widget_required
def entrance(request: WidgetRequest) -> JsonResponse:
    """Hours and presence now, for a frame that has been open for long."""
    if not limits.allow("frame", request):
        raise Failure(429, "slow_down")
    return JsonResponse(selectors.entrance(request.widget, now=timezone.now()))


def _cursor(request: WidgetRequest) -> dict[str, int]:
    given = {name: request.GET[name] for name in ("after", "before") if name in request.GET}
    if len(given) > 1:
        raise payload.BadPayload("cursor")
    limit = {"limit": 200} if "after" in given else {}
    return limit | {name: payload.position(value, name) for name, value in given.items()}


def _changed(request: WidgetRequest, since: int) -> list[Message]:
    """What the frame has in an older state."""
    known = payload.position(request.GET.get("changed", "0"), "changed")
    if "after" not in request.GET or known >= request.conversation.head.changes:
        return []
    after = payload.position(request.GET["after"], "after")
    return changed_since(request.conversation, known, upto=after, beginning=since)


def _message_fields(data: dict) -> dict:
    return {
        "body": payload.text(data, "body", longest=_BODY),
        "client_id": payload.identifier(data, "client_id"),
        "files": tuple(payload.identifiers(data, "files", most=20)),
    }


def _channel(request: WidgetRequest, data: dict) -> Channel | None:
    """The chosen topic; the only one when there is one, none when the widget has none (default inbox)."""
    offered = list(channels_of_widget(request.widget))
    wanted = payload.text(data, "channel", longest=36)
    if not wanted:
        if len(offered) > 1:
            raise Failure(422, "channel")
        return offered[0] if offered else None
    found = [channel for channel in offered if str(channel.public_id) == wanted]
    if not found:
        raise Failure(422, "channel")
    return found[0]


def _follow_up_of(request: WidgetRequest, data: dict) -> Conversation | None:
    if not data.get("follow_up_of"):
        return None
    try:
        return conversation_for(request.visitor, payload.identifier(data, "follow_up_of"))
    except Conversation.DoesNotExist:
        raise Failure(404, "not_found") from None


def _stored(request: WidgetRequest, public_id: UUID, message: Message, *, status: int) -> JsonResponse:
    conversation = conversation_for(request.visitor, public_id)
    return JsonResponse(
        {
            "message": stored_message_data(message, conversation),
            "conversation": selectors.conversation_data(conversation, request.visitor, now=timezone.now()),
        },
        status=status,
    )


def _failure(refusal: Exception) -> Failure:
    if isinstance(refusal, BadMessage):
        return Failure(422, refusal.code)
    if isinstance(refusal, ClientIdTaken):
        return Failure(409, "client_id")
    return Failure(409, "locked") if isinstance(refusal, Locked) else Failure(403, "not_allowed")
