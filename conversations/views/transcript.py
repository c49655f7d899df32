"""The transcript: a page for paper, with or without internal lines, and the same by mail."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conversations.access import conversation_required
from conversations.actions.locking import NotAllowed
from conversations.actions.transcripts import NoAddress, mail_to_customer, mail_to_me
from conversations.models import Conversation
from conversations.selectors.rights import Rights, may_close, rights_of
from conversations.selectors.transcript import transcript_of
from conversations.selectors.visibility import side_conversation_for
from conversations.views import pieces
from conversations.views.commands import Refused, fields_of, refusal_of
from conversations.views.thread import wants_json
from events import limits
from ui.fragments import redirect_after_post

_PER_H = 20


@require_safe
@conversation_required
def transcript(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """?internal=1: with the lines that stay inside, each marked; without, what the customer reads."""
    return _page(request, conversation)


def _page(request: HttpRequest, conversation: Conversation, *, refused: Refused | None = None) -> HttpResponse:
    side = side_conversation_for(request.member, conversation)
    inside = request.GET.get("internal") == "1" and side is not None
    rights = rights_of(request.member, conversation)
    context = {
        "conversation": conversation,
        "transcript": transcript_of(request.member, conversation, side if inside else None),
        "side": side,
        "inside": inside,
        "to_customer": _may_mail(rights, conversation) and conversation.kind == Conversation.Kind.CUSTOMER,
        "key": uuid4(),
        "refused": refused,
        "now": timezone.now(),
        "title": conversation.subject or conversation.requester_label,
        "back": pieces.address_of(conversation),
    }
    return render(request, "conversations/transcript.html", context, status=refused.status if refused else 200)


def _may_mail(rights: Rights, conversation: Conversation) -> bool:
    """Who may answer the customer may send what was answered; in the archive, who might have closed it."""
    locked = rights.reply == "locked" and may_close(conversation.head, rights.role, mine=rights.mine)
    return locked or not rights.reply


@require_POST
@conversation_required
def by_mail(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """`to` me or customer, `internal` (to oneself only), `key`: pressing twice sends one mail."""
    try:
        told = _send(request, conversation)
    except (Refused, NotAllowed) as error:
        refused = error if isinstance(error, Refused) else refusal_of(error)
        if wants_json(request):
            return JsonResponse(refused.data, status=refused.status)
        return _page(request, conversation, refused=refused)
    if wants_json(request):
        return JsonResponse({"ok": True})
    messages.success(request, told)
    return redirect_after_post(reverse("conversation_transcript", args=[conversation.public_id]))


def _send(request: HttpRequest, conversation: Conversation) -> str:
    member, fields, now = request.member, fields_of(request), timezone.now()
    try:
        key = UUID(str(fields.get("key")))
    except ValueError:
        raise Refused(422, "bad_request", _("This could not be read.")) from None
    to, inside = fields.get("to"), fields.get("internal") in ("1", True)
    if to not in ("me", "customer") or (to == "customer" and inside):
        raise Refused(422, "bad_request", _("Internal lines never go to a customer."))
    if to == "customer" and not _may_mail(rights := rights_of(member, conversation), conversation):
        why = rights.reply
        raise NotAllowed(f"assigned:{conversation.head.assignee.full_name}" if why == "assigned" else why)
    if not limits.take(f"transcript:{member.user_id}", limit=_PER_H, per_s=3600, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too many transcripts at once. Wait a while."))
    if to == "me":
        side = side_conversation_for(member, conversation) if inside else None
        mail_to_me(conversation, side, member=member, key=key, now=now)
        return _("The transcript is on its way to %(email)s.") % {"email": member.user.email}
    try:
        email = mail_to_customer(conversation, member=member, key=key, now=now)
    except NoAddress:
        raise Refused(409, "no_address", _("Nobody knows a mail address of this customer.")) from None
    return _("The transcript is on its way to %(email)s.") % {"email": email}
