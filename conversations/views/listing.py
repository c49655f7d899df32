"""The list beside a thread: which folder, its rows, and the side bar around it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from companies.models import Membership
from conversations.models import Conversation, ConversationHead
from conversations.selectors import streams
from conversations.selectors.drafts import draft_previews
from conversations.selectors.folders import VIEWS, Filters, Folder, ListPage, holders_of, list_page
from conversations.selectors.labels import tags_of
from conversations.selectors.offers import holder_data, offer_data, offers_to
from conversations.selectors.peers import others, people_of, seat_of
from conversations.selectors.requests import asked_row, asker_among
from conversations.selectors.rows import row_data
from conversations.views.sidebar import Desk, desks_of, numbers_of, scope_of, sections, title_of, url_of
from events import groups


def folder_of(request: HttpRequest, desks: list[Desk], *, default: str = "all") -> Folder:
    """The folder that the address names; the default one when there is no such folder for this member."""
    view = request.GET.get("view", default)
    wanted = _uuid(request.GET.get("inbox", ""))
    inbox = next((desk.inbox for desk in desks if desk.inbox.public_id == wanted), None)
    if view not in VIEWS or (wanted is not None and inbox is None):
        return Folder(default)
    return Folder(view, inbox)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def versions_for(request: HttpRequest, desks: list[Desk]) -> dict[str, int]:
    """How far the groups are that every page of the member hears."""
    names = {groups.member(request.member.user.public_id)}
    for desk in desks:
        names.add(groups.inbox(desk.inbox.public_id))
        if desk.manages:
            names.add(groups.inbox_managers(desk.inbox.public_id))
    return streams.versions(names)


def rows_context(request: HttpRequest, folder: Folder, desks: list[Desk]) -> dict:
    """One page of rows: rows, what is unread, and where the next page is."""
    unread = request.attention.rows
    only = unread if request.GET.get("unread") == "1" else None
    tag = " ".join(request.GET.get("tag", "").replace("\x00", "").split())[:30]
    filters = Filters(only, tag) if only is not None or tag else None
    page = list_page(scope_of(request.member, desks), folder, cursor=request.GET.get("after", ""), filters=filters)
    number = _page_number(request)
    return {
        "rows": rows_of(page.heads, request.member),
        "tag": tag,
        "unread_rows": unread,
        "draft_rows": drafts_of(page.heads, request.member),
        "next_url": _next_url(request, folder, page, number),
        "page_number": number + 1,
        "folder": folder,
        "folder_query": "?"
        + url_of(folder).partition("?")[2]
        + ("&unread=1" if only is not None else "")
        + (f"&{urlencode({'tag': tag})}" if tag else ""),
        "me_id": str(request.member.user.public_id),
        "me_name": request.member.user.full_name,
    }


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


def _next_url(request: HttpRequest, folder: Folder, page: ListPage, number: int) -> str:
    if not page.next_cursor:
        return ""
    query = {"after": page.next_cursor, "page": number + 1}
    if request.GET.get("unread") == "1":
        query["unread"] = "1"
    if request.GET.get("tag"):
        query["tag"] = request.GET["tag"][:30]
    base = reverse("archive") + "?" if folder.view == "archive" else url_of(folder) + "&"
    return base + urlencode(query)


def list_context(request: HttpRequest, *, default: str = "all") -> dict:
    """The whole left half: side bar, list, what rings; for the page of a folder and of a conversation."""
    desks = desks_of(request.member)
    folder = folder_of(request, desks, default=default)
    # The versions first: what happens after this line, the socket notices.
    versions = versions_for(request, desks)
    numbers = numbers_of(request.member, desks, folder)
    return rows_context(request, folder, desks) | {
        "desks": desks,
        "sections": sections(request, desks, folder, numbers),
        "list_title": title_of(folder),
        "folder_url": url_of(folder),
        "unread_only": request.GET.get("unread") == "1",
        "list_versions": versions,
        "offers": my_offers(request),
        "size": numbers.get(folder, 0),
    }


def my_offers(request: HttpRequest) -> list[dict]:
    """What rings at the member now, soonest to expire first."""
    return [offer_data(offer, offer.conversation) for offer in offers_to(request.member.user_id)]
