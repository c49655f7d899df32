"""Search: one page beside the thread, its next pages as frames; everything that is asked for stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from companies.access import member_required
from companies.models import Membership
from conversations import markup
from conversations.excerpts import Part, excerpt
from conversations.models import Conversation, Message
from conversations.selectors.messages import author_of
from conversations.selectors.peers import Peer, others, people_of
from conversations.selectors.requests import asker_among
from conversations.selectors.search import KINDS, Sought, search
from conversations.selectors.search_words import Words, clean_query
from conversations.views.desks import Desk, desks_of
from conversations.views.listing import my_offers, rows_of, versions_for
from conversations.views.search_rows import marked_rows
from conversations.views.sidebar import sections, side_of
from events import limits
from ui.fragments import frame_of
from ui.paging import BadCursor, decode, encode

_PER_MINUTE = 60


@dataclass(frozen=True)
class Hit:
    """A found message as a row shows it; `place` is the inbox, the company asked, or what kind of talk it is."""

    url: str
    title: str
    who: str
    face: dict
    place: str
    kind: str
    at: datetime
    parts: list[Part]
    files: list[str]


@require_safe
@member_required
def results(request: HttpRequest) -> HttpResponse:
    """?q= with person, inbox, kind, from, to, file=1, after: what the member may see of it (S-04, S-37)."""
    desks = desks_of(request.member)
    asked, sought = _asked(request, desks)
    context = {"asked_for": asked, "sought": sought, "hits": [], "rows": []}
    if sought.query:
        if limits.take(f"search:{request.user.pk}", limit=_PER_MINUTE, per_s=60, open_without_valkey=True):
            context |= _found(request, asked, sought)
        else:
            context["too_fast"] = True
    frame, status = frame_of(request), 429 if context.get("too_fast") else 200
    if frame == "search":
        return render(request, "conversations/_search_frame.html", context, status=status)
    if frame.startswith("hits-"):
        return render(request, "conversations/_search_more.html", context | {"frame": frame}, status=status)
    return render(request, "conversations/search.html", context | _around(request, desks), status=status)


# --- what is asked for --------------------------------------------------------------------------------------------
def _asked(request: HttpRequest, desks: Sequence[Desk]) -> tuple[dict[str, str], Sought]:
    """The address as it is meant: what is nonsense in it is left out."""
    given = {name: clean_query(request.GET.get(name, "")) for name in ("q", "person", "inbox", "kind", "from", "to")}
    inbox = next((desk.inbox for desk in desks if str(desk.inbox.public_id) == given["inbox"]), None)
    since, until = _day(given["from"]), _day(given["to"])
    sought = Sought(
        query=given["q"],
        person=given["person"][:80],
        inbox_id=inbox.pk if inbox else None,
        kind=given["kind"] if given["kind"] in KINDS else "",
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        has_file=request.GET.get("file") == "1",
    )
    meant = {
        "q": sought.query,
        "person": sought.person,
        "inbox": given["inbox"] if inbox else "",
        "kind": sought.kind,
        "from": since.isoformat() if since else "",
        "to": until.isoformat() if until else "",
        "file": "1" if sought.has_file else "",
    }
    return meant, sought


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year < 3000 else None


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _before(request: HttpRequest) -> int | None:
    try:
        (before,) = decode(request.GET.get("after", ""), 1)
        return before if isinstance(before, int) and 0 < before < 2**62 else None
    except BadCursor:
        return None


# --- what was found -----------------------------------------------------------------------------------------------
def _found(request: HttpRequest, asked: dict[str, str], sought: Sought) -> dict:
    before = _before(request)
    found = search(request.member, sought, before=before) if before else search(request.member, sought)
    number = request.GET.get("page", "1")
    page = int(number) + 1 if number.isdecimal() and len(number) < 6 else 2
    kept = {name: value for name, value in asked.items() if value}
    query = urlencode(kept | {"after": encode([found.after]), "page": page})
    return {
        "hits": _hits(found.messages, found.words, request.member),
        "rows": marked_rows(rows_of(found.heads, request.member), found),
        "next_url": f"{reverse('search')}?{query}" if found.after else "",
        "page_number": page,
        "first_url": f"{reverse('search')}?{urlencode(kept)}" if before else "",
        "unread_rows": request.attention.rows,
        "folder_query": "",
        "me_id": str(request.member.user.public_id),
        "me_name": request.member.user.full_name,
    }


def _hits(messages: Sequence[Message], words: Words, member: Membership) -> list[Hit]:
    direct = [m.conversation_id for m in messages if m.conversation.kind == Conversation.Kind.DIRECT]
    people = people_of(direct)
    lexemes = words.lexemes
    asked = asker_among(member.user_id, [message.conversation for message in messages])
    return [
        _hit(message, people.get(message.conversation_id, []), lexemes, member, asked=message.conversation_id in asked)
        for message in messages
    ]


def _hit(message: Message, people: list[Peer], lexemes: tuple[str, ...], member: Membership, *, asked: bool) -> Hit:
    talk = message.conversation
    author = author_of(message)
    title, place = talk.subject or talk.requester_label, talk.head.inbox.name if talk.head.inbox else ""
    kind = talk.kind
    if people:
        title, place = ", ".join(peer.user.full_name for peer in others(people, member.user_id)), _("Direct messages")
    elif asked:
        title, place, kind = talk.subject or talk.company.name, talk.company.name, "request"
    where = reverse("request" if asked else "conversation", args=[talk.public_id])
    return Hit(
        url=f"{where}?at={message.seq}#m-{message.client_id}",
        title=title,
        who=_("You") if message.user_id == member.user_id else author.label,
        face={"name": author.label, "id": author.public_id},
        place=place,
        kind=kind,
        at=message.created_at,
        parts=excerpt(markup.plain(message.body), lexemes),
        files=[file.name for file in message.attachments.all()],
    )


def _around(request: HttpRequest, desks: list[Desk]) -> dict:
    """The page around the results. The versions first: what happens after this line, the socket notices."""
    versions = versions_for(request, desks)
    return {
        "desks": desks,
        "kinds": [
            ("customer", _("Customers")),
            ("internal", _("Internal")),
            ("direct", _("Direct messages")),
            ("asked", _("Asked elsewhere")),
        ],
        "list_versions": versions,
        "sections": sections(request, side_of(request, desks, None, now=timezone.now()), None),
        "offers": my_offers(request),
    }
