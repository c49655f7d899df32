"""One conversation: its page, its messages (read, catch up, write), its state."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conversations.access import conversation_required
from conversations.actions.directs import archive
from conversations.actions.posting import Posted
from conversations.actions.speaking import speak
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation
from conversations.selectors import timeline
from conversations.selectors.peers import beginning_for
from conversations.selectors.places import Place, place_of
from conversations.selectors.quotes import quotable
from conversations.selectors.visibility import conversations_for, side_conversation_for
from conversations.views import pieces
from conversations.views.commands import (
    REFUSALS,
    NewLine,
    Refused,
    fields_of,
    is_archive_word,
    parse_new_message,
    posted_data,
    refusal_of,
    whole_number,
)
from conversations.views.listing import list_context
from events import limits
from ui.fragments import frame_of, redirect_after_post, wants_streams
from ui.streams import response as stream_response
from ui.streams import stream

CATCH_UP = 200


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


@require_safe
@conversation_required
def conversation(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """The page: list, thread and details; for the frame of the thread only what belongs into it."""
    about = _request_of(request, conversation)
    if about is not None:
        return HttpResponseRedirect(pieces.address_of(about, _query_beside(request)))
    return _page(request, conversation)


def _query_beside(request: HttpRequest) -> str:
    """The folder, and the place in the internal conversation as a place beside its request."""
    query = pieces.folder_query(request)
    at = number_of(request, "at")
    return f"{query}{'&' if query else '?'}side_at={at}" if at else query


def _request_of(request: HttpRequest, conversation: Conversation) -> Conversation | None:
    """The request that an internal conversation accompanies, when the member may open that one too."""
    if conversation.kind != Conversation.Kind.INTERNAL or conversation.about_id is None or conversation.discussion:
        return None
    return conversations_for(request.member).filter(pk=conversation.about_id).first()


def _page(
    request: HttpRequest, conversation: Conversation, *, refused: Refused | None = None, body: str = ""
) -> HttpResponse:
    place = _place(request, conversation)
    context = pieces.thread_context(request, conversation, before=place.before if place else before_of(request))
    context |= pieces.place_links(request, conversation, place) | {"refused": refused, "body": body}
    status = refused.status if refused else 200
    if frame_of(request) == "conversation":
        return render(request, "conversations/_conversation.html", context, status=status)
    context |= list_context(request) | {"open_offer": context["offer"]["c"] if context["offer"] else ""}
    return render(request, "conversations/page.html", context, status=status)


def _place(request: HttpRequest, conversation: Conversation) -> Place | None:
    """The message that the address points at: ?at= its seq, ?side_at= that of an internal one."""
    seq, side_seq = number_of(request, "at"), number_of(request, "side_at")
    if not (seq or side_seq) or (seq and seq <= beginning_for(request.member, conversation)[0]):
        return None
    side = pieces.beside_of(request.member, conversation).side
    return place_of(conversation, side, seq=seq, side_seq=side_seq)


def before_of(request: HttpRequest) -> timeline.Before | None:
    """The older page that the address asks for."""
    if "before" not in request.GET:
        return None
    until = _moment(request.GET.get("until", ""))
    return timeline.Before(number_of(request, "before"), number_of(request, "side_before"), until)


def _moment(text: str):
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None


def number_of(request: HttpRequest, name: str) -> int:
    """A number in the address; 0 when it is none."""
    try:
        return whole_number(request.GET, name)
    except Refused:
        return 0


@require_http_methods(["GET", "HEAD", "POST"])
@conversation_required
def messages(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """GET ?after=&side_after= or ?before=&side_before=: entries as HTML or JSON. POST: one more message."""
    if request.method == "POST":
        return _post(request, conversation)
    side = side_conversation_for(request.member, conversation)
    if "after" in request.GET:
        found = timeline.following(request.member, conversation, side, cursor_of(request), limit=CATCH_UP)
    elif (before := before_of(request)) is not None:
        found = timeline.earlier(request.member, conversation, side, before)
    else:
        found = timeline.latest(request.member, conversation, side)
    if wants_json(request):
        return JsonResponse(_as_json(found))
    context = {"timeline": found, "conversation": conversation, **pieces.older_links(conversation, found.older)}
    answer = render(request, "conversations/_entries.html", context)
    answer.headers["X-Memo-Newest"] = found.header
    return answer


def cursor_of(request: HttpRequest) -> timeline.Cursor:
    """How far a page is that catches up: ?after=&changed=, and the same of the internal side."""
    names = ("after", "side_after", "changed", "side_changed")
    return timeline.Cursor(*(number_of(request, name) for name in names))


def _as_json(found: timeline.Timeline) -> dict:
    return {
        "messages": [entry["m"] for entry in found.entries if entry["type"] == "message"],
        "newest": found.newest,
        "newest_side": found.newest_side,
        "more": found.more,
        "changes": found.changes,
        "changes_side": found.changes_side,
    }


def _post(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    try:
        line = parse_new_message(fields_of(request))
        if is_archive_word(line.body):
            return _archive(request, conversation)
        posted = say(request, conversation, line)
    except Refused as refused:
        return refuse(request, conversation, refused)
    except REFUSALS as error:
        return refuse(request, conversation, refusal_of(error))
    if wants_json(request):
        return JsonResponse(posted_data(posted), status=201 if posted.created else 200)
    if wants_streams(request):
        return stream_response([stream("place", "messages", pieces.own_message(request, posted.data))])
    return redirect_after_post(pieces.address_of(conversation, pieces.folder_query(request)))


def _archive(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """“/archive” as a message is the wish to put the conversation away, and never a message (E-02)."""
    archive(conversation, user=request.member.user, now=timezone.now())
    if wants_json(request):
        return JsonResponse({"archived": True})
    if wants_streams(request):
        return stream_response(pieces.state_streams(request, conversation))
    return redirect_after_post(reverse("inbox"))


def say(request: HttpRequest, conversation: Conversation, line: NewLine) -> Posted:
    """Store the line where its kind belongs: in the conversation, or in its internal side conversation (N-22)."""
    member, now = request.member, timezone.now()
    if not limits.take(f"say:{member.user_id}", limit=120, per_s=6, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too many messages at once. Wait a moment."))
    files = line.attachments + given_files(request, now)
    return speak(
        conversation,
        member=member,
        kind=line.kind,
        body=line.body,
        client_id=line.client_id,
        attachments=files,
        seen_seq=line.seen_seq,
        quote=_quote(request, conversation, line),
        now=now,
    )


def _quote(request: HttpRequest, conversation: Conversation, line: NewLine) -> UUID | None:
    """The quoted message, if the member may read it; the action sees to it that its readers may."""
    if line.quote is None or quotable(request.member, conversation, line.quote):
        return line.quote
    raise Refused(422, "bad_quote", _("The quoted message is not there any more, or cannot be shown here."))


def given_files(request: HttpRequest, now) -> tuple:
    """Files that came with the form itself, from a page without scripts."""
    key = Author.of_user(request.member.user).key
    uploads = [
        accept_upload(company=request.member.company, uploader=key, file=file, name=file.name, now=now)
        for file in request.FILES.getlist("files")[:10]
    ]
    return tuple(upload.public_id for upload in uploads)


def refuse(request: HttpRequest, conversation: Conversation, refused: Refused) -> HttpResponse:
    """What was not carried out: as data, as a toast, or as the page with everything typed kept."""
    if wants_json(request) or request.content_type == "application/json":
        return JsonResponse(refused.data, status=refused.status)
    if wants_streams(request):
        return stream_response([toast(request, refused.text)], status=refused.status)
    return _page(request, conversation, refused=refused, body=request.POST.get("body", ""))


def toast(request: HttpRequest, text: str) -> str:
    """A short message at the edge of the page, as a stream."""
    return stream("append", "toasts", render(request, "conversations/_toast.html", {"text": text}).content.decode())


@require_safe
@conversation_required
def state(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Streams that bring head, offer, composer's lock and details up to date."""
    return stream_response(pieces.state_streams(request, conversation))
