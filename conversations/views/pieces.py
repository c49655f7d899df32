"""What the page of a conversation shows, whole and as streams: one set of templates for page, answer and catch-up."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from channels_app.selectors import next_opening
from companies.models import Membership
from conversations import moments
from conversations.authors import Author
from conversations.models import Conversation
from conversations.selectors import detail, streams, timeline
from conversations.selectors.drafts import drafts_in
from conversations.selectors.history import lines_of
from conversations.selectors.labels import references_of, tags_of
from conversations.selectors.laters import laters_in
from conversations.selectors.offers import offer_data, ring_log
from conversations.selectors.peers import beginning_for, others, people_of
from conversations.selectors.places import Place
from conversations.selectors.quotes import quoted_in
from conversations.selectors.requests import guests_of
from conversations.selectors.rights import Rights, rights_of
from conversations.selectors.visibility import Beside, beside_for, conversations_for
from conversations.snooze_times import choices
from conversations.views.filtering import words_of
from ui.streams import replace, stream

_LAST_LINES = 12


def folder_query(request: HttpRequest) -> str:
    """The list in the address, kept while one goes from conversation to conversation: "?view=…&inbox=…" or ""."""
    kept = words_of(request.GET.dict())
    return f"?{urlencode(kept)}" if kept else ""


def address_of(conversation: Conversation, query: str = "") -> str:
    """Where the conversation's page is."""
    return reverse("conversation", args=[conversation.public_id]) + query


def beside_of(member: Membership, conversation: Conversation) -> Beside:
    """The internal conversations beside a request, as far as the member may read them."""
    return beside_for(member, conversation) if conversation.kind == Conversation.Kind.CUSTOMER else Beside()


def standing(request: HttpRequest, conversation: Conversation, beside: Beside) -> dict:
    """What changes with the conversation's state: head, offer, composer, details. `beside` is beside_of()."""
    member, side = request.member, beside.side
    rights: Rights = rights_of(member, conversation)
    head, now = conversation.head, timezone.now()
    followers = detail.followers_of(conversation, side)
    return {
        "conversation": conversation,
        "head": head,
        "rights": rights,
        "side": side,
        "discussions": beside.discussions,
        "me": member,
        "offer": offer_data(rights.offer, conversation) if rights.holds else None,
        "opens_at": _opens_at(conversation, now),
        "colleagues": detail.colleagues_for(conversation) if "assign_other" in rights.verbs else [],
        "ring_order": detail.ring_order(conversation, rights.offer),
        "ring_log": ring_log(conversation) if conversation.channel_id else [],
        "followers": followers,
        "follows": any(user.pk == member.user_id for user in followers),
        "earlier": detail.earlier_of(member, conversation),
        "reading": timeline.reading_of(member, conversation, side),
        **_work(request, conversation, rights),
        "tags": tags_of(member.company_id, [conversation.pk]).get(conversation.pk, []),
        "references": references_of(conversation),
        "laters": laters_in(member, conversation, rights.role),
        "folder_query": folder_query(request),
        **_person(conversation, member),
    }


def _work(request: HttpRequest, conversation: Conversation, rights: Rights) -> dict:
    """What head, menu and details say of snoozing, further customers and what an internal discussion is about."""
    now, about = timezone.now(), None
    if conversation.discussion and conversations_for(request.member).filter(pk=conversation.about_id).exists():
        about = conversation.about
    return {
        "now": now,
        "snoozed": rights.snoozed,
        "snooze_choices": choices(now, timezone.get_current_timezone()) if "snooze" in rights.verbs else [],
        "guests": guests_of(conversation),
        "request_of": about,
    }


def _opens_at(conversation: Conversation, now):
    if conversation.head.routing != "waiting" or conversation.channel is None:
        return None
    return next_opening(conversation.channel, now)


def thread_context(request: HttpRequest, conversation: Conversation, *, before: timeline.Before | None = None) -> dict:
    """Everything of the page; `before` shows an older page (for those who read without scripts)."""
    beside = beside_of(request.member, conversation)
    side = beside.side
    # The versions first: what happens after this line, the socket notices.
    versions = streams.versions(streams.thread_groups(conversation, side))
    context = standing(request, conversation, beside)
    reading = context["reading"]
    if before is None:
        shown = timeline.latest(
            request.member, conversation, side, reading, context["ring_log"] if conversation.channel_id else None
        )
    else:
        shown = timeline.earlier(request.member, conversation, side, before)
    quoting, kind = _quoting(request, conversation, side), _first_kind(conversation, context["rights"])
    return context | {
        "versions": versions,
        "timeline": shown,
        **older_links(conversation, shown.older),
        "client_id": uuid4(),
        "now": timezone.now(),
        "later_words": moments.choices(now=timezone.now(), here=ZoneInfo(request.member.user.time_zone)),
        "blanks": _blanks(request, conversation),
        "kind": quoting["kind"] if quoting and quoting["kind"] == "internal" else kind,
        "quoting": quoting,
        "enter_sends": request.user.enter_sends,
        "drafts": drafts_in(request.member.user_id, conversation),
    }


def _quoting(request: HttpRequest, conversation: Conversation, side: Conversation | None) -> dict | None:
    """The message that the address asks to answer (?quote=), for who writes without scripts."""
    try:
        wanted = UUID(request.GET["quote"])
    except (KeyError, ValueError):
        return None
    return quoted_in(request.member, conversation, side, wanted)


def _first_kind(conversation: Conversation, rights: Rights) -> str:
    """The sheet that lies on top: the reply, unless the member never answers customers here."""
    internal_only = conversation.kind == Conversation.Kind.INTERNAL or rights.reply == "may_not"
    return "internal" if internal_only and rights.internal else "reply"


def older_links(
    conversation: Conversation, before: timeline.Before | None, *, of: str = "conversation"
) -> dict[str, str]:
    """Where the page before is, as entries for scripts and as a whole page; empty at the start. `of`: the URL name."""
    if before is None:
        return {"older_url": "", "older_page": ""}
    query = {"before": before.seq, "side_before": before.side_seq}
    if before.at is not None:
        query["until"] = before.at.isoformat()
    where = f"?{urlencode(query)}"
    entries, whole = (reverse(name, args=[conversation.public_id]) for name in (f"{of}_messages", of))
    return {"older_url": entries + where, "older_page": whole + where}


def place_links(request: HttpRequest, conversation: Conversation, place: Place | None, *, of: str = "conversation"):
    """The message to go to, and where the thread's end is when the page ends before it. `of`: the URL name."""
    address = reverse(of, args=[conversation.public_id]) + folder_query(request)
    return {"found_id": place.message if place else "", "newer_page": address if place and place.before else ""}


def _blanks(request: HttpRequest, conversation: Conversation) -> dict[str, dict]:
    """A message of the member before the server has it: the data of the partial with nothing in it."""
    author = Author.of_user(request.member.user)
    who = {"kind": author.kind, "id": author.public_id, "name": author.name, "avatar": author.avatar}
    blank = {"c": "", "seq": "", "id": "", "author": who, "body": " ", "at": timezone.now().isoformat(), "via": "app"}
    return {"reply": blank | {"kind": conversation.kind}, "internal": blank | {"kind": "internal"}}


def _person(conversation: Conversation, member: Membership) -> dict:
    """Who asks, as the details show it (a page that is no web address is no link); or the others of a direct one."""
    if conversation.kind == Conversation.Kind.DIRECT:
        peers = others(people_of([conversation.pk]).get(conversation.pk, []), member.user_id)
        companies = list(dict.fromkeys(peer.company for peer in peers if peer.company))
        return {"peers": peers, "companies": companies, "title": ", ".join(peer.user.full_name for peer in peers)}
    person, visitor = conversation.visitor or conversation.customer, conversation.visitor
    page = visitor.page_url if visitor else ""
    names = dict(settings.LANGUAGES)
    language = (visitor.language if visitor else "") or ""
    return {
        "title": conversation.subject or conversation.requester_label,
        "requester_face": {
            "name": conversation.requester_label,
            "id": str(person.public_id) if person else "",
        },
        "page_link": page if page.startswith(("https://", "http://")) else "",
        "visitor_language": names.get(language, language),
    }


def state_streams(request: HttpRequest, conversation: Conversation) -> list[str]:
    """Head, offer, composer's lock and readers, details, new lines; never what a person is typing in."""
    context = standing(request, conversation, beside_of(request.member, conversation))

    def piece(name: str) -> str:
        return render_to_string(f"conversations/_{name}.html", context, request)

    names = {
        "thread-head": "thread_head",
        "thread-ring": "thread_ring",
        "thread-later": "thread_later",
        "composer-state": "composer_state",
        "composer-readers": "readers",
        "detail-body": "detail",
        "thread-facts": "facts",
    }
    lines = lines_of(conversation, since=beginning_for(request.member, conversation)[1])[-_LAST_LINES:]
    entries = "".join(render_to_string("conversations/_line.html", context | {"line": line}, request) for line in lines)
    return [*(replace(target, piece(name)) for target, name in names.items()), stream("place", "messages", entries)]


def own_message(request: HttpRequest, data: dict) -> str:
    """A message that the member has just sent, as the thread shows it."""
    return render_to_string("conversations/_message.html", {"m": data, "mine": True}, request)
