"""Drafts: what one has begun to write, told to the server a moment after it was typed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conversations.access import conversation_required
from conversations.actions.drafts import MAX_DRAFT, DraftTooLong, NewerDraft, save_draft
from conversations.models import Conversation
from conversations.selectors.drafts import drafts_in
from conversations.views.commands import KINDS, Refused, fields_of, uuids_of, whole_number
from conversations.views.requests import request_required
from events import limits

_SAVES, _PER_S = 120, 60


def _draft(request: HttpRequest, conversation: Conversation) -> JsonResponse:
    """GET: {"drafts": {kind: draft}}. POST {"kind", "body", "files", "version", "tab"}: {"draft"}; 409 with a newer."""
    if request.method != "POST":
        return JsonResponse({"drafts": drafts_in(request.member.user_id, conversation)})
    try:
        return JsonResponse({"draft": _save(request, conversation)})
    except NewerDraft as newer:
        return JsonResponse({"error": "newer", "draft": newer.data}, status=409)
    except DraftTooLong:
        refused = Refused(422, "too_long", _("This is longer than %(number)d characters.") % {"number": MAX_DRAFT})
    except Refused as error:
        refused = error
    return JsonResponse(refused.data, status=refused.status)


def _save(request: HttpRequest, conversation: Conversation) -> dict:
    fields = fields_of(request)
    kind, body, files, tab = (fields.get(name) for name in ("kind", "body", "files", "tab"))
    if kind not in KINDS or not isinstance(body, str) or not isinstance(files or [], list):
        raise Refused(422, "bad_request", _("This could not be read."))
    if not limits.take(f"draft:{request.member.user_id}", limit=_SAVES, per_s=_PER_S, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too many changes at once. Wait a moment."))
    return save_draft(
        conversation,
        user=request.member.user,
        kind=str(kind),
        body=body.encode("utf-8", "replace").decode(),
        files=list(uuids_of(files or [])),
        version=whole_number(fields, "version"),
        tab=str(tab or "")[:40],
        now=timezone.now(),
    )


draft = require_http_methods(["GET", "HEAD", "POST"])(conversation_required(_draft))
asked_draft = require_http_methods(["GET", "HEAD", "POST"])(request_required(_draft))
