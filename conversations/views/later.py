"""Messages that wait: put off, taken back, sent at once, deleted; and the page of one's own scheduled ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from companies.access import member_required
from companies.models import Membership
from conversations.access import conversation_required
from conversations.actions import later
from conversations.actions.drafts import Written
from conversations.markup import rendered
from conversations.models import Conversation, Later
from conversations.moments import BadMoment, moment
from conversations.reasons import why_returned
from conversations.selectors.laters import later_for, laters_of, lost_of, quote_of
from conversations.selectors.visibility import conversation_for
from conversations.views import pieces
from conversations.views.commands import (
    KINDS,
    REFUSALS,
    Refused,
    fields_of,
    parse_new_message,
    refusal_of,
    uuids_of,
    whole_number,
)
from conversations.views.desks import desks_of
from conversations.views.sidebar import sections, side_of
from conversations.views.thread import given_files, refuse, wants_json
from events import limits
from ui.fragments import redirect_after_post, wants_streams
from ui.streams import response as stream_response


def later_data(row: Later) -> dict:
    """The shape in which one's own waiting message travels."""
    return {
        "id": str(row.client_id),
        "kind": row.kind,
        "state": row.state,
        "scheduled": row.scheduled,
        "due_at": row.due_at.isoformat(),
        "message": why_returned(row.why) if row.why else "",
    }


@require_POST
@conversation_required
def create(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """A message and when it goes: `undo` seconds, or `when` (hour, tomorrow, monday, at), `at`, `unless_answered`.

    {"waiting": {"id", "kind", "state", "scheduled", "due_at" (ISO 8601), "message", "html" (as it will be shown)}}
    """
    try:
        row = _put_off(request, conversation)
    except Refused as refused:
        return refuse(request, conversation, refused)
    except REFUSALS as error:
        return refuse(request, conversation, refusal_of(error))
    if wants_json(request):
        return JsonResponse({"waiting": later_data(row) | {"html": rendered(row.body)}}, status=201)
    return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))


def _put_off(request: HttpRequest, conversation: Conversation) -> Later:
    fields, member, now = fields_of(request), request.member, timezone.now()
    line = parse_new_message(fields)
    if not limits.take(f"say:{member.user_id}", limit=120, per_s=6, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too many messages at once. Wait a moment."))
    scheduled = bool(fields.get("when"))
    due_at = _moment(fields, member, now) if scheduled else now + _undo(fields)
    return later.put_off(
        conversation,
        member=member,
        kind=line.kind,
        body=line.body,
        client_id=line.client_id,
        files=line.attachments + given_files(request, now),
        quote=line.quote,
        due_at=due_at,
        scheduled=scheduled,
        unless_answered=scheduled and bool(fields.get("unless_answered")),
        seen_seq=line.seen_seq,
        now=now,
    )


def _undo(fields) -> timedelta:
    return timedelta(seconds=min(whole_number(fields, "undo"), later.MAX_UNDO_S))


def _moment(fields, member: Membership, now: datetime) -> datetime:
    try:
        return moment(str(fields["when"]), str(fields.get("at") or ""), now=now, zone=member.user.time_zone)
    except BadMoment as error:
        words = {
            "past": _("This time is over. Choose a later one."),
            "too_far": _("This is more than a year away."),
        }
        raise Refused(422, "bad_time", words.get(str(error), _("Choose a day and a time."))) from None


def _of_later(act: Callable[..., dict | None]) -> Callable[..., HttpResponse]:
    """POST only, for one's own waiting message, or a colleague's in an inbox that one manages; else 404."""

    @require_POST
    @member_required
    @wraps(act)
    def view(request: HttpRequest, public_id: UUID, client_id: UUID) -> HttpResponse:
        try:
            conversation = conversation_for(request.member, public_id)
        except Conversation.DoesNotExist:
            raise Http404 from None
        refused, data = None, None
        try:
            data = act(request, conversation, client_id)
        except Later.DoesNotExist:
            raise Http404 from None
        except Refused as error:
            refused = error
        except REFUSALS as error:
            refused = refusal_of(error)
        return _answer(request, conversation, refused, data)

    return view


def _answer(request: HttpRequest, conversation: Conversation, refused: Refused | None, data: dict | None):
    if refused is not None:
        return refuse(request, conversation, refused)
    if wants_json(request):
        return JsonResponse(data or {"ok": True})
    if request.POST.get("next") == "later":
        return redirect_after_post("/later/")
    if wants_streams(request):
        return stream_response(pieces.state_streams(request, conversation))
    return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))


def _own(request: HttpRequest, conversation: Conversation, client_id: UUID) -> Later:
    row = later_for(request.member, conversation, client_id)
    if not row.mine:
        raise Refused(403, "not_allowed", _("Only whoever wrote it can do this."))
    return row


@_of_later
def send(request: HttpRequest, conversation: Conversation, client_id: UUID) -> dict:
    """Send now: {"waiting"} with its new state; 409 when it came back instead."""
    row = later.send_now(_own(request, conversation, client_id), now=timezone.now())
    if row.state == Later.State.RETURNED:
        raise Refused(409, "returned", why_returned(row.why))
    return {"waiting": later_data(row)}


@_of_later
def back(request: HttpRequest, conversation: Conversation, client_id: UUID) -> dict:
    """Undo, edit: {"draft", "quote"}; `body` and `files` of the request are what stands in the composer now and
    replace what is stored of it. `quote`: the id of the message that it answered, or null.
    """
    fields, now = fields_of(request), timezone.now()
    sheet, kind = _sheet(fields), fields.get("kind")
    try:
        data = later.take_back(_own(request, conversation, client_id), sheet=sheet, now=now)
    except Later.DoesNotExist:
        kind, user = str(kind) if kind in KINDS else "reply", request.member.user
        data = later.take_back_unknown(conversation, user=user, client_id=client_id, kind=kind, sheet=sheet, now=now)
    quote = quote_of(conversation, client_id)
    return {"draft": data, "quote": str(quote) if quote else None}


def _sheet(fields: Mapping[str, object]) -> Written | None:
    """What stands in the composer now; None when the page has none. Raises Refused (422)."""
    body, files = fields.get("body"), fields.get("files") or []
    if body is None:
        return None
    if not isinstance(body, str) or not isinstance(files, list) or len(body) > later.MAX_IN_SHEET:
        raise Refused(422, "bad_request", _("This could not be read."))
    return Written(body.encode("utf-8", "replace").decode().replace("\x00", ""), list(uuids_of(files)))


@_of_later
def delete(request: HttpRequest, conversation: Conversation, client_id: UUID) -> None:
    """It is not sent; a colleague's goes back to them as a draft."""
    row = later_for(request.member, conversation, client_id)
    later.discard(row, by=request.member.user, now=timezone.now())


@require_POST
@member_required
def discard_lost(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """What came back out of a conversation that is not open to me any more: read, copied, not needed."""
    try:
        row = lost_of(request.member, client_id)
    except Later.DoesNotExist:
        raise Http404 from None
    later.discard_lost(row, now=timezone.now())
    return redirect_after_post("/later/")


@require_safe
@member_required
def page(request: HttpRequest) -> HttpResponse:
    """My scheduled messages, soonest first, and those that came back."""
    rows = list(laters_of(request.member)[: later.MAX_WAITING])
    desks = desks_of(request.member)
    side = sections(request, side_of(request, desks, None, now=timezone.now()), None)
    return render(request, "conversations/later.html", {"laters": rows, "sections": side})
