"""The palette (⌘K): every command in one list, of the same tables as the menus, and what a name or number leads to.

What the page shows already – the menu, the verbs of the open conversation, availability, appearance – the browser takes
from the page itself: the palette can never offer more than the menus do.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from companies.access import member_required
from conversations.selectors.contacts import contacts_of
from conversations.selectors.search import conversations_named
from conversations.selectors.search_words import clean_query
from conversations.views.desks import desks_of
from conversations.views.listing import rows_of
from conversations.views.sidebar import sections, side_of
from events import limits
from memo import settings_menu

_PER_MINUTE = 120
_PEOPLE = 5


@dataclass(frozen=True)
class Option:
    """One line of the list: `url` is gone to, with `post` by a form; `key` presses that key instead."""

    label: str
    icon: str
    where: str = ""
    url: str = ""
    post: bool = False
    key: str = ""
    needs: str = ""


@require_safe
@member_required
def palette(request: HttpRequest) -> HttpResponse:
    """The dialog with its commands; with ?q= the conversations and people of that name."""
    if "q" in request.GET:
        return _found(request, clean_query(request.GET["q"]))
    return render(request, "memo/palette.html", {"groups": _commands(request)})


def _commands(request: HttpRequest) -> list[tuple[str, list[Option]]]:
    desks = desks_of(request.member)
    side = side_of(request, desks, None, now=timezone.now())
    folders = [
        Option(link.label, link.icon, section.title, link.url)
        for section in sections(request, side, None)
        for link in section.links
    ]
    settings = [
        Option(str(part.label), part.icon, _("Settings"), part.url)
        for section in settings_menu.sections(request)
        for part in section.parts
    ]
    return [(_("Do"), _actions()), (_("Go to"), folders), (_("Settings"), settings)]


def _actions() -> list[Option]:
    """What no menu of the page holds."""
    thread, row = "memo-thread", ".rows > li"
    return [
        Option(_("New message"), "plus", url=reverse("contacts")),
        Option(_("Reply"), "reply", key="r", needs="memo-composer"),
        Option(_("Write internally"), "lock", key="i", needs="memo-composer [value=internal]"),
        Option(_("Mark unread"), "mail", key="u", needs=thread),
        Option(_("Select this conversation"), "check", key="x", needs=row),
        Option(_("Saved views: names and order"), "star", url=reverse("saved_views")),
        Option(_("Show the keys"), "help", key="?", needs="#keys-dialog"),
    ]


def _found(request: HttpRequest, query: str) -> HttpResponse:
    """Through the selectors of search and contacts: only what the member may open, only whom they may write to."""
    if not limits.take(f"palette:{request.user.pk}", limit=_PER_MINUTE, per_s=60, open_without_valkey=True):
        return render(request, "memo/_palette_options.html", {"groups": ()}, status=429)
    groups = []
    if query:
        rows = rows_of(conversations_named(request.member, query), request.member)
        talks = [
            Option(_title(row), _icon(row["kind"]), row["who"] if _subject(row) else row["channel"], _address(row))
            for row in rows
        ]
        people = [
            Option(one.user.full_name, "person", one.company.name, reverse("contact_write", args=[one.public_id]), True)
            for one in contacts_of(request.member, query)
            .filter(blocked=False)
            .order_by("first", "last", "id")[:_PEOPLE]
        ]
        groups = [(_("Conversations"), talks), (_("Write to"), people)]
    return render(request, "memo/_palette_options.html", {"groups": groups})


def _title(row: dict) -> str:
    number = f"#{row['number']} " if row["number"] else ""
    return f"{number}{_subject(row) or row['who']}"


def _subject(row: dict) -> str:
    """Of a direct conversation it is the names of all; whoever looks wants the others'."""
    return "" if row["kind"] == "direct" else row["subject"]


def _icon(kind: str) -> str:
    return {"internal": "lock", "direct": "chats", "request": "building"}.get(kind, "chat")


def _address(row: dict) -> str:
    return reverse("request" if row["kind"] == "request" else "conversation", args=[row["c"]])
