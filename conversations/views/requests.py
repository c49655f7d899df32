"""Requests to companies, as the one who asks: the form at a channel, and the thread in one's own inbox (M-30, M-41)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.models import Channel
from channels_app.selectors import next_opening
from companies import roles
from companies.access import member_required
from conversations import events
from conversations.actions import asking, closing, reading
from conversations.actions.locking import NotAllowed
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.forms import RequestForm
from conversations.models import Conversation
from conversations.selectors import streams, timeline
from conversations.selectors.drafts import drafts_in
from conversations.selectors.labels import references_of
from conversations.selectors.merged import living
from conversations.selectors.places import place_of
from conversations.selectors.requests import Asker, asker_in, guests_of, open_channel, request_for
from conversations.views import pieces
from conversations.views.commands import (
    REFUSALS,
    Refused,
    fields_of,
    parse_new_message,
    posted_data,
    refusal_of,
    whole_number,
)
from conversations.views.listing import list_context
from conversations.views.thread import CATCH_UP, before_of, cursor_of, number_of, toast, wants_json
from customers.actions.users import AddressTaken
from events import groups, limits
from ui.fragments import frame_of, redirect_after_post, wants_streams
from ui.streams import replace
from ui.streams import response as stream_response

_ASKS = 10  # requests a person may begin in ten minutes


# --- the form ------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Name, purpose and a form; POST begins the request. Hidden, paused and missing channels look alike (404)."""
    try:
        channel = open_channel(request.member, public_id)
    except Channel.DoesNotExist:
        raise Http404 from None
    form = RequestForm(request.POST) if request.method == "POST" else RequestForm()
    if not form.is_bound:
        return _form(request, channel, form)
    if not form.is_valid():
        return _form(request, channel, form, status=422)
    if not limits.take(f"ask:{request.user.pk}", limit=_ASKS, per_s=600):
        form.add_error(None, _("Too many requests at once. Wait a few minutes."))
        return _form(request, channel, form, status=429)
    try:
        conversation = asking.ask(request.member, channel, now=timezone.now(), **form.cleaned_data)
    except AddressTaken:
        form.add_error(None, _("This company has your address under another name. Ask it to correct that."))
        return _form(request, channel, form, status=409)
    except REFUSALS as error:
        refused = refusal_of(error)
        form.add_error("body", refused.text)
        return _form(request, channel, form, status=refused.status)
    return redirect_after_post(f"{_address(conversation)}?view=asked")


def _form(request: HttpRequest, channel: Channel, form: RequestForm, *, status: int = 200) -> HttpResponse:
    opens = next_opening(channel, timezone.now())
    closed = opens is None or opens > timezone.now()
    context = {"channel": channel, "company": channel.company, "form": form, "closed": closed, "opens": opens}
    return render(request, "conversations/request_new.html", context, status=status)


# --- the thread ----------------------------------------------------------------------------------------------
View = Callable[[HttpRequest, Conversation], HttpResponse]


def request_required(view: View) -> Callable[..., HttpResponse]:
    """`public_id` is a request of the member's own; everybody else's is 404, the served company's members' too.

    `request.asker`: as which customer they read it, and from where on.
    """

    @member_required
    @wraps(view)
    def wrapper(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            conversation = request_for(request.member, public_id)
        except Conversation.DoesNotExist:
            raise Http404 from None
        request.asker = asker_in(request.member.user_id, conversation)
        return view(request, conversation)

    return wrapper


def _address(conversation: Conversation) -> str:
    return reverse("request", args=[conversation.public_id])


@require_safe
@request_required
def thread(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """The page: my list, the thread as its customer reads it, the company beside; what was joined leads on."""
    if conversation.merged_into is not None and asker_in(request.member.user_id, living(conversation)):
        return HttpResponseRedirect(_address(living(conversation)))
    return _page(request, conversation)


def _page(
    request: HttpRequest, conversation: Conversation, *, refused: Refused | None = None, body: str = ""
) -> HttpResponse:
    context = _thread_context(request, conversation) | {"refused": refused, "body": body}
    status = refused.status if refused else 200
    if frame_of(request) == "conversation":
        return render(request, "conversations/_conversation.html", context, status=status)
    return render(request, "conversations/page.html", context | list_context(request), status=status)


def _thread_context(request: HttpRequest, conversation: Conversation) -> dict:
    # The versions first: what happens after this line, the socket notices.
    versions = streams.versions([groups.conversation_requester(conversation.public_id)])
    asker: Asker = request.asker
    context = _standing(request, conversation)
    at = number_of(request, "at")
    place = place_of(conversation, None, seq=at) if at > asker.since_seq else None
    before = place.before if place else before_of(request)
    shown = timeline.for_asker(asker, conversation, before, context["reading"])
    me = Author.of_customer(request.asker.customer)
    blank = {
        "c": "", "seq": "", "id": "", "body": " ", "at": timezone.now().isoformat(), "via": "app", "kind": "customer",
        "author": {"kind": me.kind, "id": me.public_id, "name": me.name, "avatar": ""},
    }  # fmt: skip
    return context | {
        "versions": versions,
        "timeline": shown,
        **pieces.older_links(conversation, shown.older, of="request"),
        **pieces.place_links(request, conversation, place, of="request"),
        "client_id": uuid4(),
        "now": timezone.now(),
        "blanks": {"reply": blank, "internal": blank},
        "enter_sends": request.user.enter_sends,
        "drafts": drafts_in(request.member.user_id, conversation),
    }


def _standing(request: HttpRequest, conversation: Conversation) -> dict:
    """What the one who asks may know of the state: looking, waiting until, who answers, solved."""
    now = timezone.now()
    return {
        "asked": conversation,
        "asker": request.asker.customer,
        "others": _others(request, conversation),
        "conversation": conversation,
        "head": conversation.head,
        "title": conversation.subject,
        "requester": events.requester_state(conversation, conversation.head, now=now),
        "opens": next_opening(conversation.channel, now)
        if conversation.head.routing == "waiting" and conversation.channel
        else None,
        "reading": timeline.reading_of_asker(request.asker, conversation),
        "references": references_of(conversation),
        "folder_query": pieces.folder_query(request),
        "address": _address(conversation),
    }


def _others(request: HttpRequest, conversation: Conversation) -> list[str]:
    """Who else of the customers reads it."""
    if not conversation.guest_count:
        return []
    people = [conversation.customer or conversation.visitor, *guests_of(conversation)]
    return [one.label for one in people if one is not None and one != request.asker.customer]


@require_http_methods(["GET", "HEAD", "POST"])
@request_required
def messages(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """GET ?after= or ?before=: entries as HTML. POST: one more message."""
    if request.method == "POST":
        return _post(request, conversation)
    asker: Asker = request.asker
    if "after" in request.GET:
        found = timeline.following_for_asker(asker, conversation, cursor_of(request), limit=CATCH_UP)
    else:
        found = timeline.for_asker(asker, conversation, before_of(request), None)
    links = pieces.older_links(conversation, found.older, of="request")
    context = {"timeline": found, "conversation": conversation, "asked": conversation, **links}
    answer = render(request, "conversations/_entries.html", context)
    answer.headers["X-Memo-Newest"] = found.header
    return answer


def _post(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    try:
        if not limits.take(f"say:{request.user.pk}", limit=120, per_s=6, open_without_valkey=True):
            raise Refused(429, "too_many", _("Too many messages at once. Wait a moment."))
        line = parse_new_message(fields_of(request))
        if line.kind != "reply":
            raise Refused(422, "bad_request", _("This conversation has no internal side."))
        posted = asking.go_on(
            conversation,
            customer=request.asker.customer,
            body=line.body,
            client_id=line.client_id,
            files=(*line.attachments, *_given_files(request)),
            now=timezone.now(),
        )
    except (Refused, *REFUSALS) as error:
        refused = error if isinstance(error, Refused) else refusal_of(error)
        return _refuse(request, conversation, refused)
    if wants_json(request):
        return JsonResponse(posted_data(posted), status=201 if posted.created else 200)
    return redirect_after_post(_address(posted.message.conversation) + pieces.folder_query(request))


def _given_files(request: HttpRequest) -> list[UUID]:
    """Files that came with the form itself, from a page without scripts."""
    key, now = Author.of_user(request.user).key, timezone.now()
    return [
        accept_upload(company=request.member.company, uploader=key, file=file, name=file.name, now=now).public_id
        for file in request.FILES.getlist("files")[:10]
    ]


def _refuse(request: HttpRequest, conversation: Conversation, refused: Refused) -> HttpResponse:
    if wants_json(request) or request.content_type == "application/json":
        return JsonResponse(refused.data, status=refused.status)
    if wants_streams(request):
        return stream_response([toast(request, refused.text)], status=refused.status)
    return _page(request, conversation, refused=refused, body=request.POST.get("body", ""))


@require_safe
@request_required
def state(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Streams that bring head, composer and details up to date."""
    return stream_response(_state_streams(request, conversation))


def _state_streams(request: HttpRequest, conversation: Conversation) -> list[str]:
    context = _standing(request, conversation)
    names = {
        "thread-head": "_asked_head",
        "composer-state": "_asked_state",
        "detail-body": "_asked_detail",
        "thread-facts": "_facts",
    }
    return [
        replace(target, render_to_string(f"conversations/{name}.html", context, request))
        for target, name in names.items()
    ]


@require_POST
@request_required
def seen(request: HttpRequest, conversation: Conversation) -> JsonResponse:
    """{"seq"}: read that far in a page that was visible and focused for a second."""
    try:
        seq = whole_number(fields_of(request), "seq")
    except Refused as refused:
        return JsonResponse(refused.data, status=refused.status)
    return JsonResponse({"seq": reading.mark_seen(conversation, viewer=request.asker, seq=seq, now=timezone.now())})


@require_POST
@request_required
def close(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Solved: the one who asks ends it; a message opens it again."""
    author = Author.of_customer(request.asker.customer)
    try:
        if request.asker.customer != conversation.customer:
            raise NotAllowed("conversation.close")
        closing.close(conversation, author=author, role=roles.FOREIGN, now=timezone.now())
    except REFUSALS as error:
        refused = refusal_of(error)
        return _refuse(request, conversation, refused)
    fresh = request_for(request.member, conversation.public_id)
    if wants_streams(request):
        return stream_response(_state_streams(request, fresh))
    return redirect_after_post(_address(fresh) + pieces.folder_query(request))
