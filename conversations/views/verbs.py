"""What one can do with a conversation: each verb one address, one POST, one action."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from companies import roles
from companies.models import Membership
from companies.selectors import colleague
from conversations.access import conversation_required
from conversations.actions import assigning, closing, reading, ringing
from conversations.actions.later import send_all_now
from conversations.actions.locking import NotAllowed
from conversations.authors import Author
from conversations.models import Conversation
from conversations.selectors.merged import merged_into
from conversations.selectors.visibility import conversation_for, role_for, side_conversation_for
from conversations.views import pieces
from conversations.views.commands import REFUSALS, Refused, fields_of, refusal_of, whole_number
from conversations.views.thread import toast, wants_json
from ui.fragments import redirect_after_post, wants_streams
from ui.streams import response as stream_response

Verb = Callable[[HttpRequest, Conversation], None]


def verb(act: Verb) -> Callable[..., HttpResponse]:
    """POST only, for a member who may open the conversation; refusals and the new state are answered here."""

    @require_POST
    @conversation_required
    @wraps(act)
    def view(request: HttpRequest, conversation: Conversation) -> HttpResponse:
        refused = None
        send_all_now(conversation, user=request.member.user, now=timezone.now())
        try:
            act(request, conversation)
        except Refused as error:
            refused = error
        except REFUSALS as error:
            refused = refusal_of(error)
        return _answer(request, conversation.public_id, refused)

    return view


def _answer(request: HttpRequest, public_id: UUID, refused: Refused | None) -> HttpResponse:
    status = refused.status if refused else 200
    if wants_json(request):
        return JsonResponse(refused.data if refused else {"ok": True}, status=status)
    try:
        conversation = conversation_for(request.member, public_id)
    except Conversation.DoesNotExist:  # given away by somebody who only took part
        return redirect_after_post("/conversations/")
    if wants_streams(request):
        streams = pieces.state_streams(request, conversation)
        return stream_response([*streams, toast(request, refused.text)] if refused else streams, status=status)
    if refused:
        return HttpResponse(refused.text, status=status, content_type="text/plain; charset=utf-8")
    return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))


@verb
def accept(request: HttpRequest, conversation: Conversation) -> None:
    """Take the request that rings at me (M-36)."""
    ringing.accept(conversation, user=request.member.user, now=timezone.now())


@verb
def decline(request: HttpRequest, conversation: Conversation) -> None:
    """“No time”: the next member has the offer at once."""
    ringing.decline(conversation, user=request.member.user, now=timezone.now())


@verb
def assign(request: HttpRequest, conversation: Conversation) -> None:
    """To me, or to the member that `to` names; `reason`: why, for colleagues; `seen`: with whom the page showed it, so
    that the slower of two loses with a word (G-14, G-18).
    """
    member, fields = request.member, fields_of(request)
    assigning.assign(
        conversation,
        to=_chosen(request).user,
        by=member.user,
        role=role_for(member, conversation),
        now=timezone.now(),
        reason=str(fields.get("reason") or ""),
        seen=str(fields["seen"]) if "seen" in fields else None,
    )


def _chosen(request: HttpRequest) -> Membership:
    to = fields_of(request).get("to")
    if not to:
        return request.member
    try:
        return colleague(request.member, UUID(str(to)))
    except (ValueError, Membership.DoesNotExist):
        raise Refused(422, "bad_request", _("This person is not in your company.")) from None


@verb
def unassign(request: HttpRequest, conversation: Conversation) -> None:
    """Back to Unassigned."""
    member = request.member
    assigning.release(conversation, by=member.user, role=role_for(member, conversation), now=timezone.now())


@verb
def ring(request: HttpRequest, conversation: Conversation) -> None:
    """Ring anew, one after the other (a manager's right)."""
    member = request.member
    if not roles.allowed(role_for(member, conversation), "conversation.ring_again"):
        raise NotAllowed("conversation.ring_again")
    ringing.ring_again(conversation, by=member.user, now=timezone.now())


@verb
def close(request: HttpRequest, conversation: Conversation) -> None:
    """Resolved."""
    member = request.member
    author = Author.of_user(member.user)
    closing.close(conversation, author=author, role=role_for(member, conversation), now=timezone.now())


@verb
def reopen(request: HttpRequest, conversation: Conversation) -> None:
    """Open again."""
    member = request.member
    author = Author.of_user(member.user)
    closing.reopen(conversation, author=author, role=role_for(member, conversation), now=timezone.now())


@require_POST
@conversation_required
def seen(request: HttpRequest, conversation: Conversation) -> JsonResponse:
    """{"seq", "side_seq"}: read that far in a page that was visible and focused for a second (model.md §4.3)."""
    try:
        fields = fields_of(request)
        seq, side_seq = whole_number(fields, "seq"), whole_number(fields, "side_seq")
    except Refused as refused:
        return JsonResponse(refused.data, status=refused.status)
    member, now = request.member, timezone.now()
    answer = {"seq": reading.mark_seen(conversation, viewer=member, seq=seq, now=now)}
    side = side_conversation_for(member, conversation) if side_seq else None
    if side is not None:
        answer["side_seq"] = reading.mark_seen(side, viewer=member, seq=side_seq, now=now)
    for part in merged_into(conversation):  # shown folded in this one
        reading.mark_seen(part, viewer=member, seq=part.head.last_seq, now=now)
    return JsonResponse(answer)


@require_POST
@conversation_required
def unread(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """{"seq", "side_seq"}: everything from there on is new again for me; without a number the newest message is."""
    try:
        fields = fields_of(request)
        seq, side_seq = whole_number(fields, "seq"), whole_number(fields, "side_seq")
    except Refused as refused:
        return JsonResponse(refused.data, status=refused.status)
    member, now = request.member, timezone.now()
    side = side_conversation_for(member, conversation) if side_seq else None
    if side is not None:
        reading.mark_unread(side, member=member, seq=side_seq, now=now)
    if seq or side is None:
        reading.mark_unread(conversation, member=member, seq=seq or conversation.head.last_seq, now=now)
    if wants_json(request):
        return JsonResponse({"ok": True})
    return redirect_after_post(reverse("inbox") + pieces.folder_query(request))
