"""The side bar: folders from customers, one's own, and those of each inbox, with their numbers (model.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_app.models import Inbox
from channels_app.selectors import inboxes_for, managed_inboxes
from companies.models import Membership
from conversations.selectors.counts import inbox_counts, unread_counts
from conversations.selectors.folders import Folder

_ICONS = {
    "open": "chat",
    "closed": "check",
    "customer": "mail",
    "internal": "lock",
    "closed-mine": "check",
    "direct": "chats",
    "asked": "building",
    "mine": "person",
    "unassigned": "people",
    "offered": "bell",
}


@dataclass(frozen=True)
class Desk:
    """An inbox as the member works in it."""

    inbox: Inbox
    manages: bool

    @property
    def views(self) -> tuple[str, ...]:
        """Its folders: by assignee, or in open mode just open and resolved."""
        if not self.inbox.assignment_enabled:
            return ("open", "closed")
        return ("mine", "unassigned", "offered", "closed") if self.manages else ("mine", "unassigned", "closed")


@dataclass(frozen=True)
class Link:
    """One folder; `kind` "new" is the green bubble."""

    label: str
    icon: str
    url: str
    count: int
    kind: str
    current: bool

    @property
    def word(self) -> str:
        """What the number counts, for those who listen."""
        return _("unread") if self.kind == "new" else _("conversations")


@dataclass(frozen=True)
class Section:
    """A heading and its folders."""

    title: str
    links: list[Link]


def desks_of(member: Membership) -> list[Desk]:
    """The member's inboxes, by name."""
    inboxes = list(inboxes_for(member).order_by("name", "id"))
    managed = {inbox.pk for inbox in inboxes} if member.is_admin else set()
    managed = managed or set(managed_inboxes(member).values_list("pk", flat=True))
    return [Desk(inbox, inbox.pk in managed) for inbox in inboxes]


def title_of(folder: Folder) -> str:
    """The heading of a folder."""
    titles = {
        "open": _("Open conversations"),
        "closed": _("Closed conversations"),
        "customer": _("Customer replies"),
        "internal": _("Internal messages"),
        "closed-mine": _("All closed"),
        "direct": _("Direct messages"),
        "asked": _("Asked elsewhere"),
        "all": _("Conversations"),
        "mine": _("Assigned to me"),
        "unassigned": _("Unassigned"),
        "offered": _("Being offered"),
        "archive": _("Archive"),
    }
    if folder.inbox is not None and folder.view in {"open", "closed"}:
        return _("Open") if folder.view == "open" else _("Resolved")
    return titles[folder.view]


def url_of(folder: Folder) -> str:
    """The folder's address."""
    query = {"view": folder.view}
    if folder.inbox is not None:
        query["inbox"] = str(folder.inbox.public_id)
    return f"{reverse('inbox')}?{urlencode(query)}"


def sections(request: HttpRequest, desks: list[Desk], current: Folder | None) -> list[Section]:
    """The whole side bar."""
    member, unread = request.member, request.attention.rows
    new = unread_counts(member, unread)
    numbers = inbox_counts(member, [(desk.inbox, [v for v in desk.views if v != "closed"]) for desk in desks])

    def link(view: str, inbox: Inbox | None = None) -> Link:
        folder = Folder(view, inbox)
        count, kind = (numbers.get((view, inbox.pk), 0), "") if inbox else (new.get(view, 0), "new")
        return Link(title_of(folder), _ICONS[view], url_of(folder), count, kind, folder == current)

    found = []
    if desks:
        found.append(Section(_("From customers"), [link("open"), link("closed")]))
    mine = [link(view) for view in ("customer", "internal", "direct", "asked", "closed-mine")]
    found.append(Section(_("My conversations"), mine))
    found += [Section(desk.inbox.name, [link(view, desk.inbox) for view in desk.views]) for desk in desks]
    return found
