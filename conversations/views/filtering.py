"""The filters that stand in the address: read for this member, shown as chips, written again. Nothing else is kept.

What names something that is not there for the reader – another company's person, a channel of an inbox in which they
do not work – fits nothing, and looks like what does not exist (S-04, S-37). It is never left out: whoever acts on “all
that match” must not act on more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from companies.models import Membership
from companies.selectors import colleagues
from conversations.selectors.filters import KINDS, NOBODY, SORTS, Filters
from conversations.selectors.folders import CUSTOMER_VIEWS, TOGETHER, VIEWS, Folder
from conversations.selectors.nameable import channels_in, requester_for
from conversations.views.desks import Desk
from customers.models import Customer

# Every word of an address that says which list is meant; in this order wherever an address is written.
WORDS = (
    "view", "inbox", "unread", "assignee", "channel", "customer", "tag", "file", "waiting", "from", "to", "kind",
    "sort",
)  # fmt: skip
_HOURS = {"any": 0, "1h": 1, "4h": 4, "1d": 24, "3d": 72, "7d": 168}
_LONGEST = {"tag": 30}


@dataclass(frozen=True)
class Chip:
    """One filter as words, and the address without it."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class Asked:
    """A list as the address asks for it: the folder, the filters for the selectors, and the words that say so."""

    folder: Folder
    filters: Filters
    words: dict[str, str]
    chips: tuple[Chip, ...] = ()

    @property
    def query(self) -> str:
        """ "?view=…&inbox=…": the same list in every address."""
        return f"?{urlencode(self.words)}"

    @property
    def keys(self) -> dict[str, int]:
        """The primary keys of whom and what the words name; of "me" and "none" there are none to keep."""
        named = {"assignee": self.words.get("assignee") not in {None, "me", "none"}}
        found = {name: getattr(self.filters, name) for name in ("assignee", "channel", "customer", "visitor")}
        return {name: key for name, key in found.items() if key and named.get(name, True)}

    @property
    def url(self) -> str:
        """The list's own address."""
        return address_of_list(self.words)


def address_of_list(words: Mapping[str, str]) -> str:
    """Where a list with these words is."""
    if words.get("view") == "archive":
        rest = {name: value for name, value in words.items() if name != "view"}
        return reverse("archive") + (f"?{urlencode(rest)}" if rest else "")
    return f"{reverse('inbox')}?{urlencode(words)}"


def words_of(given: Mapping[str, str]) -> dict[str, str]:
    """What of an address says which list is meant, cleaned, in the one order."""
    found = {}
    for name in WORDS:
        text = " ".join(given.get(name, "").replace("\x00", "").split())[: _LONGEST.get(name, 40)]
        if text:
            found[name] = text
    return found


def folder_in(words: Mapping[str, str], desks: Sequence[Desk], default: str) -> Folder:
    """The folder that the words name; the default one when there is no such folder for this member."""
    view, wanted = words.get("view", default), words.get("inbox", "")
    inbox = next((desk.inbox for desk in desks if str(desk.inbox.public_id) == wanted.lower()), None)
    if view not in VIEWS or (wanted and inbox is None):
        return Folder(default)
    return Folder(view, inbox if view in CUSTOMER_VIEWS else None)


def asked_for(
    given: Mapping[str, str],
    member: Membership,
    desks: Sequence[Desk],
    unread: Mapping[str, int],
    *,
    now: datetime,
    default: str = "all",
    keys: Mapping[str, int] | None = None,
) -> Asked:
    """The list that these words mean for this member.

    A query only for a person or a channel that is named, and none with the `keys` of a saved view: they narrow what the
    folder shows to its reader and open nothing; then there are no names on the chips.
    """
    words = words_of(given)
    folder = folder_in(words, desks, default)
    meant = {"view": folder.view} | ({"inbox": str(folder.inbox.public_id)} if folder.inbox else {})
    reader = _Reader(member, desks, folder, now, keys)
    for name in WORDS[2:]:
        if name in words:
            reader.read(name, words[name])
    meant |= reader.words
    if "unread" in reader.words:
        reader.found["only"] = frozenset(unread)
    chips = tuple(
        Chip(label, icon, address_of_list({key: value for key, value in meant.items() if key != name}))
        for name, label, icon in reader.chips
    )
    return Asked(folder, Filters(**reader.found), meant, chips)


class _Reader:
    """Reads one word after the other; what is no word of ours is left out, what names nothing fits nothing."""

    def __init__(
        self,
        member: Membership,
        desks: Sequence[Desk],
        folder: Folder,
        now: datetime,
        keys: Mapping[str, int] | None = None,
    ) -> None:
        self.member, self.desks, self.folder, self.now, self.keys = member, desks, folder, now, keys
        self.found: dict = {}
        self.words: dict[str, str] = {}
        self.chips: list[tuple[str, str, str]] = []

    def read(self, name: str, text: str) -> None:
        getattr(self, f"_{name}")(text)

    def _take(self, name: str, text: str, label: str = "", icon: str = "filter", **found: object) -> None:
        self.words[name] = text
        self.found |= found
        if label:
            self.chips.append((name, label, icon))

    def _kept(self, name: str, text: str, *fields: str) -> None:
        """From the keys of a saved view."""
        found = {field: self.keys[field] for field in fields if self.keys and field in self.keys}
        self._take(name, text, **(found or {"nothing": True}))

    def _unknown(self, name: str, text: str) -> None:
        self._take(name, text, _("Not there (any more)"), "alert", nothing=True)

    def _unread(self, text: str) -> None:
        if text == "1":
            self._take("unread", text)

    def _file(self, text: str) -> None:
        if text == "1":
            self._take("file", text, _("With a file"), "clip", has_file=True)

    def _tag(self, text: str) -> None:
        self._take("tag", text, text, "tag", tag=text)

    def _kind(self, text: str) -> None:
        if text in KINDS and self.folder.view in TOGETHER:
            self._take("kind", text, kind_names()[text], "chat", kind=text)

    def _sort(self, text: str) -> None:
        if text in SORTS and text != "activity":
            self._take("sort", text, sort_names()[text], "down", sort=text)

    def _waiting(self, text: str) -> None:
        if text not in _HOURS:
            return self._unknown("waiting", text)
        return self._take(
            "waiting", text, waiting_names()[text], "clock", waiting_before=self.now - timedelta(hours=_HOURS[text])
        )

    def _from(self, text: str) -> None:
        self._day("from", text, _("From %(day)s"), "since", 0)

    def _to(self, text: str) -> None:
        self._day("to", text, _("Until %(day)s"), "until", 1)

    def _day(self, name: str, text: str, words: str, field: str, more: int) -> None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return self._unknown(name, text)
        if not 1970 <= day.year < 3000:
            return self._unknown(name, text)
        midnight = timezone.make_aware(datetime.combine(day + timedelta(days=more), time()))
        label = words % {"day": date_format(day, "SHORT_DATE_FORMAT")}
        return self._take(name, day.isoformat(), label, "calendar", **{field: midnight})

    def _assignee(self, text: str) -> None:
        if text == "none":
            return self._take("assignee", text, _("Assigned to nobody"), "person", assignee=NOBODY)
        if text == "me":
            return self._take("assignee", text, _("Assigned to me"), "person", assignee=self.member.user_id)
        if self.keys is not None:
            return self._kept("assignee", text, "assignee")
        key = _uuid(text)
        person = colleagues(self.member).filter(user__public_id=key).first() if key and self.desks else None
        if person is None:
            return self._unknown("assignee", text)
        return self._take("assignee", str(key), person.user.full_name, "person", assignee=person.user_id)

    def _channel(self, text: str) -> None:
        if self.keys is not None:
            return self._kept("channel", text, "channel")
        key, mine = _uuid(text), channels_in([desk.inbox.pk for desk in self.desks])
        channel = mine.filter(public_id=key).first() if key else None
        if channel is None:
            return self._unknown("channel", text)
        return self._take("channel", str(key), channel.name, "bell", channel=channel.pk)

    def _customer(self, text: str) -> None:
        """A customer or a visitor of whom the member may read at least one conversation."""
        if self.keys is not None:
            return self._kept("customer", text, "customer", "visitor")
        key = _uuid(text)
        person = requester_for(self.member, key) if key else None
        if person is None:
            return self._unknown("customer", text)
        field = "customer" if isinstance(person, Customer) else "visitor"
        return self._take("customer", str(key), person.label, "person", **{field: person.pk})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def kind_names() -> dict[str, str]:
    """Kinds of conversations, as lists name them."""
    return {
        "customer": _("Customers"),
        "internal": _("Internal"),
        "direct": _("Direct messages"),
        "asked": _("Asked elsewhere"),
    }


def sort_names() -> dict[str, str]:
    """The orders of a list."""
    return {"activity": _("Latest first"), "waiting": _("Longest waiting first"), "oldest": _("Oldest first")}


def waiting_names() -> dict[str, str]:
    """How long a requester waits already."""
    return {
        "any": _("Waits for an answer"),
        "1h": _("Waits for 1 hour"),
        "4h": _("Waits for 4 hours"),
        "1d": _("Waits for 1 day"),
        "3d": _("Waits for 3 days"),
        "7d": _("Waits for 1 week"),
    }
