"""What narrows a folder, and in which order it is read; compiled once for a set of filters, whatever their values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import Attachment, Conversation, ConversationHead, Tagging

NOBODY = -1
KINDS = ("customer", "internal", "direct", "asked")
SORTS = ("activity", "waiting", "oldest")
# Stand for values that come with every use (see scope.py); no row has them.
_PLACES: dict[str, object] = {
    "assignee": -21,
    "channel": -22,
    "customer": -23,
    "visitor": -24,
    "tag": "stand-in of a tag",
    "waiting_before": datetime(1, 1, 3, tzinfo=UTC),
    "since": datetime(1, 1, 4, tzinfo=UTC),
    "until": datetime(1, 1, 5, tzinfo=UTC),
}


@dataclass(frozen=True)
class Filters:
    """All of them must hold. Keys are primary keys; `assignee` may be NOBODY.

    `only`: public ids to narrow a folder to (what is unread); `waiting_before`: the requester has waited since then;
    `since`, `until`: the moment by which the folder is ordered, from and up to without; `kind`: one of KINDS, for what
    is put together of several; `nothing`: asks for something that is not there, so nothing fits.
    """

    only: Collection[str] | None = None
    assignee: int | None = None
    channel: int | None = None
    customer: int | None = None
    visitor: int | None = None
    tag: str = ""
    has_file: bool = False
    waiting_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    sort: str = "activity"
    nothing: bool = False

    def shape(self) -> Filters:
        """The same with places to be filled: what decides how the SQL looks. Not for those with `only`."""
        places = {name: place for name, place in _PLACES.items() if getattr(self, name)}
        if self.assignee == NOBODY:
            places["assignee"] = NOBODY
        return replace(self, only=None, **places)  # type: ignore[arg-type]

    def known(self) -> dict[object, object]:
        """What the places are for these filters."""
        return {place: getattr(self, name) for name, place in _PLACES.items() if getattr(self, name)}

    @property
    def narrows(self) -> bool:
        """Whether anything but the order is asked for."""
        return any(getattr(self, one.name) != one.default for one in fields(self) if one.name != "sort")

    def applied(self, rows: QuerySet[ConversationHead], key: str, company_id: int) -> QuerySet[ConversationHead]:
        """The rows of a folder that fit; `key` is the moment by which it is ordered."""
        if self.nothing:
            return rows.none()
        if self.only is not None:
            rows = rows.filter(conversation__public_id__in=self.only)
        if self.assignee is not None:
            rows = rows.filter(assignee=None if self.assignee == NOBODY else self.assignee)
        if self.sort == "waiting" or self.waiting_before:
            rows = rows.filter(status="open", waiting_since__isnull=False)
        if self.waiting_before:
            rows = rows.filter(waiting_since__lte=self.waiting_before)
        if self.since:
            rows = rows.filter(**{f"{key}__gte": self.since})
        if self.until:
            rows = rows.filter(**{f"{key}__lt": self.until})
        return self._of_conversation(rows, company_id)

    def _of_conversation(self, rows: QuerySet[ConversationHead], company_id: int) -> QuerySet[ConversationHead]:
        if self.kind:
            kind = Conversation.Kind.CUSTOMER if self.kind == "asked" else self.kind
            rows = rows.filter(kind=kind)
        if self.channel:
            rows = rows.filter(conversation__channel=self.channel)
        if self.customer:
            theirs = Q(customer=self.customer) | Q(visitor__customer=self.customer)
            rows = rows.filter(pk__in=Conversation.objects.filter(theirs).values("pk"))
        if self.visitor:
            rows = rows.filter(conversation__visitor=self.visitor)
        if self.tag:
            tagged = Tagging.objects.filter(tag__company=company_id, tag__name__iexact=self.tag)
            rows = rows.filter(pk__in=tagged.values("conversation_id"))
        if self.has_file:
            sent = Attachment.objects.filter(conversation=OuterRef("pk"), message__isnull=False)
            rows = rows.filter(Exists(sent.filter(message__deleted_at=None)))
        return rows


EVERYTHING = Filters()


@dataclass(frozen=True)
class Order:
    """By which moment a folder is read, and from which end."""

    key: str
    newest_first: bool

    @property
    def by(self) -> tuple[str, str]:
        """For order_by()."""
        sign = "-" if self.newest_first else ""
        return f"{sign}{self.key}", f"{sign}conversation_id"

    def beyond(self, at: datetime, pk: int) -> Q:
        """Rows behind this one."""
        than = "lt" if self.newest_first else "gt"
        return Q(**{f"{self.key}__{than}": at}) | Q(**{self.key: at, f"pk__{than}": pk})


def order_of(filters: Filters, key: str) -> Order:
    """`key`: the moment by which the folder is ordered of itself."""
    if filters.sort == "waiting":
        return Order("waiting_since", newest_first=False)
    return Order(key, newest_first=filters.sort != "oldest")
