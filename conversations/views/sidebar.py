"""The side bar: folders from customers, one's own, saved views, and those of each inbox, with their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels_app.models import Inbox
from companies.models import Membership
from conversations.models import SavedView
from conversations.selectors.counts import NARROWED_CAP, Counted, sizes, unread_counts
from conversations.selectors.folders import Folder
from conversations.selectors.saved_views import saved_views
from conversations.views.desks import Desk, scope_of
from conversations.views.filtering import Asked, address_of_list, asked_for

_ICONS = {
    "open": "chat",
    "closed": "check",
    "customer": "mail",
    "internal": "lock",
    "closed-mine": "check",
    "direct": "chats",
    "asked": "building",
    "snoozed": "clock",
    "mine": "person",
    "unassigned": "people",
    "offered": "bell",
}
_TITLES = {
    "open": gettext_noop("Open conversations"),
    "closed": gettext_noop("Closed conversations"),
    "customer": gettext_noop("Customer replies"),
    "internal": gettext_noop("Internal messages"),
    "closed-mine": gettext_noop("All closed"),
    "direct": gettext_noop("Direct messages"),
    "asked": gettext_noop("Asked elsewhere"),
    "snoozed": gettext_noop("Snoozed"),
    "all": gettext_noop("Conversations"),
    "mine": gettext_noop("Assigned to me"),
    "unassigned": gettext_noop("Unassigned"),
    "offered": gettext_noop("Being offered"),
    "archive": gettext_noop("Archive"),
}
_OF_INBOX = {"open": gettext_noop("Open"), "closed": gettext_noop("Resolved")}
_COUNTED = {"open", "mine", "unassigned", "offered", "customer", "internal"}


@dataclass(frozen=True)
class Link:
    """One folder or view: how many it holds (as words, "99+"), and how many of them are unread (the green bubble)."""

    label: str
    icon: str
    url: str
    current: bool = False
    size: str = ""
    new: int = 0


@dataclass(frozen=True)
class Section:
    """A heading and its folders. `changes`: where they are named and ordered."""

    title: str
    links: list[Link] = field(default_factory=list)
    changes: str = ""


@dataclass(frozen=True)
class Side:
    """What the side bar needs to know: the saved views as they read for this member, and the numbers."""

    desks: Sequence[Desk]
    views: Sequence[tuple[SavedView, Asked]]
    numbers: Mapping[Counted, int]
    new: Counter[tuple[str, int | None]]


def title_of(folder: Folder) -> str:
    """The heading of a folder."""
    own = _OF_INBOX.get(folder.view) if folder.inbox is not None else None
    return _(own or _TITLES[folder.view])


def url_of(folder: Folder) -> str:
    """The folder's address."""
    inbox = {"inbox": str(folder.inbox.public_id)} if folder.inbox is not None else {}
    return address_of_list({"view": folder.view} | inbox)


def side_of(request: HttpRequest, desks: Sequence[Desk], current: Asked | None, *, now: datetime) -> Side:
    """Three queries however many folders, views and inboxes: the views, what is unread, and all sizes at once."""
    member, scope = request.member, scope_of(request.member, desks)
    views = views_of(member, desks, now=now)
    wanted = {Counted(Folder(view, desk.inbox)) for desk in desks for view in desk.views if view != "closed"}
    wanted |= {one for _view, asked in views if (one := Counted(asked.folder, asked.filters)).cheap}
    if current is not None and current.folder.view in _COUNTED and not current.filters.narrows:
        wanted.add(Counted(current.folder))
    return Side(desks, views, sizes(scope, wanted), unread_counts(scope, request.attention.rows))


def views_of(member: Membership, desks: Sequence[Desk], *, now: datetime) -> list[tuple[SavedView, Asked]]:
    """The saved views whose inbox the member still works in, and the list that each means for them; one query."""
    inboxes = {str(desk.inbox.public_id) for desk in desks} | {""}
    return [
        (view, asked_for(view.words, member, desks, {}, now=now, keys=view.keys))
        for view in saved_views(member, [desk.inbox.pk for desk in desks])
        if view.words.get("inbox", "") in inboxes
    ]


def size_of(side: Side, asked: Asked) -> int:
    """How many conversations the current folder holds; 0 when that is not counted."""
    return 0 if asked.filters.narrows else side.numbers.get(Counted(asked.folder), 0)


def sections(request: HttpRequest, side: Side, current: Asked | None) -> list[Section]:
    """The whole side bar. “Unanswered items” has its place in the first section, below the open ones (N-37)."""
    here = current.words if current is not None else None

    def folder(view: str, inbox: Inbox | None = None) -> Link:
        one = Folder(view, inbox)
        size = side.numbers.get(Counted(one), 0) if inbox else 0
        url, new = url_of(one), side.new[view, inbox.pk if inbox else None]
        plain = {"view": view} | ({"inbox": str(inbox.public_id)} if inbox else {})
        return Link(title_of(one), _ICONS[view], url, here == plain, _capped(size, 1000), new)

    found, customers = [], request.attention.preference.show_from_customers  # N-64
    if side.desks and customers:
        found.append(Section(_("From customers"), [folder("open"), folder("closed")]))
    mine = [folder(view) for view in ("customer", "internal", "direct", "asked", "snoozed", "closed-mine")]
    mine.append(Link(_("Scheduled"), "clock", reverse("later"), request.path == reverse("later")))
    found.append(Section(_("My conversations"), mine))
    if own := [_link(side, view, asked, here) for view, asked in side.views if view.inbox_id is None]:
        found.append(Section(_("Saved views"), own, "saved_views"))
    for desk in side.desks if customers else ():
        shared = [_link(side, view, asked, here) for view, asked in side.views if view.inbox_id == desk.inbox.pk]
        changes = "saved_views" if shared and desk.manages else ""
        found.append(Section(desk.inbox.name, [folder(view, desk.inbox) for view in desk.views] + shared, changes))
    return found


def _link(side: Side, view: SavedView, asked: Asked, here: Mapping[str, str] | None) -> Link:
    size = side.numbers.get(Counted(asked.folder, asked.filters), 0)
    cap = NARROWED_CAP if asked.filters.narrows else 1000
    return Link(view.name, view.icon, asked.url, here == asked.words, _capped(size, cap))


def _capped(number: int, cap: int) -> str:
    if not number:
        return ""
    return str(number) if number < cap else f"{cap - 1}+"
