"""Saved replies: in a conversation with their variables filled, and the settings page where they are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.selectors import roles_in_inboxes
from companies import roles
from companies.access import member_required
from companies.models import Membership
from conversations.access import conversation_required
from conversations.models import Conversation
from conversations.selectors.contact_values import values_for
from texts.actions import TooMany, UnknownVariables, add_reply, edit_reply, remove_reply, use_reply
from texts.forms import ReplyForm
from texts.models import SavedReply
from texts.selectors import MOST, replies_for, reply_for
from texts.variables import LABELS, fill
from ui.fragments import redirect_after_post

_QUERY = 80


# --- in a conversation -----------------------------------------------------------------------------------------
@require_safe
@conversation_required
def texts(request: HttpRequest, conversation: Conversation) -> JsonResponse:
    """{"replies": [{"id", "title", "shortcut", "text", "missing"}], "more", "variables": [{"title", …, "value"}]}.

    Texts are filled with this conversation's values; `missing`: labels of what had neither value nor default (G-25).
    """
    values = values_for(conversation, request.member.user)
    found = list(replies_for(request.member, _inbox_ids(request.member), _query(request))[: MOST + 1])
    shown = [(reply, fill(reply.text, values)) for reply in found[:MOST]]
    return JsonResponse(
        {
            "replies": [
                {
                    "id": str(reply.public_id),
                    "title": reply.title,
                    "shortcut": reply.shortcut,
                    "text": filled.text,
                    "missing": [str(LABELS[key]) for key in filled.missing],
                }
                for reply, filled in shown
            ],
            "more": len(found) > MOST,
            "variables": [
                {"title": str(label), "shortcut": key, "value": values.of(key)} for key, label in LABELS.items()
            ],
        }
    )


@require_POST
@member_required
def used(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """It was put into a text."""
    use_reply(_reply(request, public_id), now=timezone.now())
    return JsonResponse({"ok": True})


# --- settings --------------------------------------------------------------------------------------------------
def _inbox_ids(member: Membership) -> list[int]:
    return [inbox.pk for inbox, _role in roles_in_inboxes(member)]


def _query(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").replace("\x00", "").split())[:_QUERY]


def _reply(request: HttpRequest, public_id: UUID) -> SavedReply:
    try:
        return reply_for(request.member, _inbox_ids(request.member), public_id)
    except SavedReply.DoesNotExist:
        raise Http404 from None


def _managed(member: Membership) -> dict[int, str]:
    """Inboxes whose shared replies the member writes: key → name."""
    return {inbox.pk: inbox.name for inbox, role in roles_in_inboxes(member) if roles.allowed(role, "texts.manage")}


def may_change(member: Membership, reply: SavedReply, managed: dict[int, str]) -> bool:
    """One's own; an inbox's by its managers; the company's by admins (G-30)."""
    if reply.owner_id is not None:
        return reply.owner_id == member.user_id
    return reply.inbox_id in managed if reply.inbox_id is not None else member.is_admin


def circles_of(member: Membership, managed: dict[int, str]) -> list[tuple[str, str]]:
    """Whom a new reply may be for: (value of the form, words)."""
    found = [("mine", _("Only me"))]
    found += [(str(pk), _("Everybody in %(inbox)s") % {"inbox": name}) for pk, name in managed.items()]
    return [*found, ("company", _("Everybody in the company"))] if member.is_admin else found


@require_safe
@member_required
def replies(request: HttpRequest) -> HttpResponse:
    """Everything one may use, most used first; ?q= narrows it."""
    member, query = request.member, _query(request)
    managed, names = _managed(member), {inbox.pk: inbox.name for inbox, _role in roles_in_inboxes(member)}
    found = list(replies_for(member, list(names), query)[:MOST])
    rows = [(reply, _circle(reply, names), may_change(member, reply, managed)) for reply in found]
    return render(request, "texts/replies.html", {"rows": rows, "query": query})


def _circle(reply: SavedReply, names: dict[int, str]) -> str:
    if reply.owner_id is not None:
        return _("Only me")
    return names.get(reply.inbox_id, "") if reply.inbox_id is not None else _("The company")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new(request: HttpRequest) -> HttpResponse:
    """Write one more."""
    member, managed = request.member, _managed(request.member)
    form = ReplyForm(request.POST if request.method == "POST" else None, circles=circles_of(member, managed))
    if not form.is_bound or not form.is_valid():
        return _form(request, form)
    data = form.cleaned_data
    circle = data.pop("circle")
    try:
        add_reply(
            member.company,
            owner=member.user if circle == "mine" else None,
            inbox_id=int(circle) if circle.isdecimal() else None,
            by=member.user,
            now=timezone.now(),
            **data,
        )
    except TooMany:
        form.add_error(None, _("There are 500 of them already. Remove some first."))
        return _form(request, form, status=409)
    return _done(request, _("Saved."))


def _changeable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """`public_id` is a reply that the member may use (else 404) and change (else 403); the view gets the row."""

    @member_required
    @wraps(view)
    def wrapper(request: HttpRequest, public_id: UUID) -> HttpResponse:
        reply = _reply(request, public_id)
        if not may_change(request.member, reply, _managed(request.member)):
            raise PermissionDenied
        return view(request, reply)

    return wrapper


@require_http_methods(["GET", "HEAD", "POST"])
@_changeable
def one(request: HttpRequest, reply: SavedReply) -> HttpResponse:
    """Change its words."""
    initial = {"title": reply.title, "shortcut": reply.shortcut, "text": reply.text}
    form = ReplyForm(request.POST if request.method == "POST" else None, circles=(), initial=initial)
    if not form.is_bound or not form.is_valid():
        return _form(request, form, reply=reply)
    try:
        edit_reply(reply, by=request.member.user, now=timezone.now(), **form.cleaned_data)
    except UnknownVariables:
        return _form(request, form, reply=reply, status=422)
    return _done(request, _("Saved."))


@require_POST
@_changeable
def remove(request: HttpRequest, reply: SavedReply) -> HttpResponse:
    """Offer it no more."""
    remove_reply(reply, by=request.member.user, now=timezone.now())
    return _done(request, _("Removed."))


def _done(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect_after_post(reverse("settings_replies"))


def _form(
    request: HttpRequest, form: ReplyForm, *, reply: SavedReply | None = None, status: int | None = None
) -> HttpResponse:
    context = {"form": form, "reply": reply, "variables": [("{{" + key + "}}", label) for key, label in LABELS.items()]}
    return render(request, "texts/reply.html", context, status=status or (422 if form.is_bound else 200))
