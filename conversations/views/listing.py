"""The list beside a thread: which folder, its rows, and the side bar around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from django.http import HttpRequest
from django.utils import timezone

from companies.models import Membership
from conversations.models import Conversation, ConversationHead
from conversations.selectors import streams
from conversations.selectors.drafts import draft_previews
from conversations.selectors.filters import EVERYTHING
from conversations.selectors.folders import PAGE, holders_of, list_page
from conversations.selectors.labels import tags_of
from conversations.selectors.offers import holder_data, offer_data, offers_to
from conversations.selectors.peers import others, people_of, seat_of
from conversations.selectors.requests import asked_row, asker_among
from conversations.selectors.rows import row_data
from conversations.views.desks import Desk, desks_of, scope_of
from conversations.views.filtering import Asked, address_of_list, asked_for
from conversations.views.sidebar import sections, side_of, size_of, title_of, url_of
from events import groups

MOST_PAGES = 8  # of rows that come at once


def asked_of(request: HttpRequest, desks: Sequence[Desk], *, default: str = "all") -> Asked:
    """The list that the address asks for."""
    unread = request.attention.rows
    return asked_for(request.GET.dict(), request.member, desks, unread, now=timezone.now(), default=default)


def versions_for(request: HttpRequest, desks: Sequence[Desk]) -> dict[str, int]:
    """How far the groups are that every page of the member hears."""
    names = {groups.member(request.member.user.public_id)}
    for desk in desks:
        names.add(groups.inbox(desk.inbox.public_id))
        if desk.manages:
            names.add(groups.inbox_managers(desk.inbox.public_id))
    return streams.versions(names)


def rows_context(request: HttpRequest, asked: Asked, desks: Sequence[Desk], *, limit: int = PAGE) -> dict:
    """One page of rows: rows (at most `limit`), what is unread, and where the next page is."""
    scope, cursor = scope_of(request.member, desks), request.GET.get("after", "")
    page = list_page(scope, asked.folder, cursor=cursor, limit=limit, filters=asked.filters)
    number = _page_number(request)
    behind = {"after": page.next_cursor, "page": str(number + 1)}
    return {
        "rows": rows_of(page.heads, request.member),
        "listed": asked,
        "unread_rows": request.attention.rows,
        "draft_rows": drafts_of(page.heads, request.member),
        "next_url": address_of_list(asked.words | behind) if page.next_cursor else "",
        "page_number": number + 1,
        "folder": asked.folder,
        "folder_query": asked.query,
        "me_id": str(request.member.user.public_id),
        "me_name": request.member.user.full_name,
    }


def as_many_as_shown(request: HttpRequest) -> int:
    """?shown=: how many rows the page shows already, in whole pages and at most MOST_PAGES of them."""
    text = request.GET.get("shown", "")
    shown = int(text) if text.isdecimal() and len(text) < 6 else 0
    return PAGE * max(1, min(-(-shown // PAGE), MOST_PAGES))


def rows_of(heads: list[ConversationHead], member: Membership) -> list[dict]:
    """The data of list rows; who holds a ringing request is known to those who may see its row."""
    viewer_id, tags = member.user_id, tags_of(member.company_id, [head.pk for head in heads])
    holders = holders_of(heads)
    direct = [head.pk for head in heads if head.kind == Conversation.Kind.DIRECT]
    people = people_of(direct) if direct else {}
    asker = asker_among(viewer_id, [head.conversation for head in heads])
    return [
        asked_row(head.conversation, head, asker[head.pk])
        if head.pk in asker
        else row_data(
            head.conversation,
            head,
            holder=holder_data(holders.get(head.pk)),
            peers=others(people.get(head.pk, []), viewer_id),
            seat=seat_of(people.get(head.pk, []), viewer_id),
            tags=tags.get(head.pk, ()),
        )
        for head in heads
    ]


def drafts_of(heads: list[ConversationHead], member: Membership) -> dict[str, str]:
    """conversation's public id → what the member has begun to write there."""
    found = draft_previews(member.user_id, [head.pk for head in heads])
    return {str(head.conversation.public_id): found[head.pk] for head in heads if head.pk in found}


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def list_context(request: HttpRequest, *, default: str = "all") -> dict:
    """The whole left half: side bar, list, what rings; for the page of a folder and of a conversation."""
    desks = desks_of(request.member)
    asked = asked_of(request, desks, default=default)
    # The versions first: what happens after this line, the socket notices.
    versions = versions_for(request, desks)
    side = side_of(request, desks, asked, now=timezone.now())
    plain = {name: asked.words[name] for name in ("view", "inbox") if name in asked.words}
    return rows_context(request, asked, desks) | {
        "desks": desks,
        "sections": sections(request, side, asked),
        "list_title": title_of(asked.folder),
        "folder_url": url_of(asked.folder),
        "unread_only": "unread" in asked.words,
        "all_url": address_of_list(_without(asked, "unread")),
        "unread_url": address_of_list(_without(asked, "unread") | {"unread": "1"}),
        "waiting_url": address_of_list(plain | {"sort": "waiting"}),
        "open_folder": holds_open_ones(asked),
        "narrowed": asked.filters != replace(EVERYTHING, only=asked.filters.only) or asked.folder.key == "closed_at",
        "bulk_keys": (uuid4(), uuid4()),
        "list_versions": versions,
        "offers": my_offers(request),
        "size": size_of(side, asked),
    }


def holds_open_ones(asked: Asked) -> bool:
    """Whether what the list shows can be closed (else: opened again)."""
    return asked.folder.view not in {"closed", "closed-mine", "archive"}


def _without(asked: Asked, name: str) -> dict[str, str]:
    return {key: value for key, value in asked.words.items() if key != name}


def my_offers(request: HttpRequest) -> list[dict]:
    """What rings at the member now, soonest to expire first."""
    return [offer_data(offer, offer.conversation) for offer in offers_to(request.member.user_id)]
