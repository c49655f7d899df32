"""The side bar: folders from customers, one's own, and those of each inbox, with their numbers (model.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_app.models import Inbox
from channels_app.selectors import roles_in_inboxes
from companies import roles
from companies.models import Membership
from conversations.selectors.counts import sizes, unread_counts
from conversations.selectors.folders import Folder
from conversations.selectors.scope import Scope

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
    return [Desk(inbox, role != roles.TEAM) for inbox, role in roles_in_inboxes(member)]


def scope_of(member: Membership, desks: list[Desk]) -> Scope:
    """The same for the selectors of folders."""
    managed = tuple(desk.inbox.pk for desk in desks if desk.manages)
    return Scope(member, tuple(desk.inbox.pk for desk in desks), managed)


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
        "snoozed": _("Snoozed"),
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


_COUNTED = {"open", "mine", "unassigned", "offered", "customer", "internal"}


def numbers_of(member: Membership, desks: list[Desk], current: Folder) -> dict[Folder, int]:
    """How much every counted folder of the side bar holds, and the current one."""
    wanted = {Folder(view, desk.inbox) for desk in desks for view in desk.views if view != "closed"}
    if current.view in _COUNTED:
        wanted.add(current)
    return sizes(scope_of(member, desks), wanted)


def sections(
    request: HttpRequest, desks: list[Desk], current: Folder | None, numbers: dict[Folder, int]
) -> list[Section]:
    """The whole side bar."""
    new = unread_counts(request.member, request.attention.rows)

    def link(view: str, inbox: Inbox | None = None) -> Link:
        folder = Folder(view, inbox)
        count, kind = (numbers.get(folder, 0), "") if inbox else (new.get(view, 0), "new")
        return Link(title_of(folder), _ICONS[view], url_of(folder), count, kind, folder == current)

    found = []
    if desks:
        found.append(Section(_("From customers"), [link("open"), link("closed")]))
    mine = [link(view) for view in ("customer", "internal", "direct", "asked", "snoozed", "closed-mine")]
    scheduled = request.path == reverse("later")
    mine.append(Link(_("Scheduled"), "clock", reverse("later"), 0, "", scheduled))
    found.append(Section(_("My conversations"), mine))
    found += [Section(desk.inbox.name, [link(view, desk.inbox) for view in desk.views]) for desk in desks]
    return found
