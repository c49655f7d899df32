"""Work on a conversation: snooze, follow, move (model.md §4.2, §6)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies import roles
from conversations.access import conversation_required
from conversations.actions import following, moving, snoozing
from conversations.actions.later import send_all_now
from conversations.models import Conversation
from conversations.selectors.destinations import destinations_for
from conversations.selectors.rights import rights_of
from conversations.selectors.visibility import conversations_for, role_for
from conversations.views import pieces
from conversations.views.commands import REFUSALS, Refused, destination_asked, fields_of, moment_asked, refusal_of
from conversations.views.verbs import verb
from ui.fragments import redirect_after_post


@verb
def snooze(request: HttpRequest, conversation: Conversation) -> None:
    """`until`: later, tomorrow, week, answer, or a local date and time."""
    now = timezone.now()
    until = moment_asked(str(fields_of(request).get("until", "")), now)
    role = role_for(request.member, conversation)
    snoozing.snooze(conversation, by=request.member.user, role=role, until=until, now=now)


@verb
def wake(request: HttpRequest, conversation: Conversation) -> None:
    """Back at once."""
    role = role_for(request.member, conversation)
    snoozing.wake(conversation, by=request.member.user, role=role, now=timezone.now())


@verb
def follow(request: HttpRequest, conversation: Conversation) -> None:
    """`follow` 1 or 0: hear of it, or not."""
    member, now = request.member, timezone.now()
    if fields_of(request).get("follow") == "0":
        following.unfollow(conversation, member=member, role=role_for(member, conversation), now=now)
    else:
        following.follow(conversation, member=member, now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@conversation_required
def move(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """GET: where to. POST `to` (an inbox's or channel's id) and `keep` (go on following): there it goes."""
    if request.method != "POST" or "move" not in rights_of(request.member, conversation).verbs:
        return _places(request, conversation)
    try:
        inbox, channel = destination_asked(request)
        send_all_now(conversation, user=request.member.user, now=timezone.now())
        moving.move(
            conversation,
            inbox=inbox,
            channel=channel,
            by=request.member,
            role=role_for(request.member, conversation),
            keep=request.POST.get("keep") == "1",
            now=timezone.now(),
        )
    except Refused as refused:
        return _places(request, conversation, error=refused.text, status=refused.status)
    except REFUSALS as error:
        refused = refusal_of(error)
        return _places(request, conversation, error=refused.text, status=refused.status)
    if conversations_for(request.member).filter(pk=conversation.pk).exists():
        return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))
    return redirect_after_post(f"/conversations/{pieces.folder_query(request)}")


def _places(request: HttpRequest, conversation: Conversation, *, error: str = "", status: int = 200) -> HttpResponse:
    rights = rights_of(request.member, conversation)
    if not error and "move" not in rights.verbs:
        error, status = _("You may not do this here."), 403
    context = {
        "conversation": conversation,
        "destinations": destinations_for(request.member) if "move" in rights.verbs else [],
        "outsider": rights.role == roles.USER,
        "error": error,
        "back": pieces.address_of(conversation, pieces.folder_query(request)),
    }
    return render(request, "conversations/move.html", context, status=status)
