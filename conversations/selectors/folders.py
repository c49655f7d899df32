"""The folders of the inbox (model.md §5), as keyset pages over the narrow list rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import Inbox
from conversations.models import Conversation, ConversationHead, Offer, Participant
from conversations.selectors.filters import EVERYTHING, Filters, order_of
from conversations.selectors.requests import asked_by
from conversations.selectors.scope import AFTER, Scope, Shape, Statement, compiled
from events.prepared import Prepared

PAGE = 25
CUSTOMER_VIEWS = ("open", "mine", "unassigned", "offered", "closed")
MY_VIEWS = ("customer", "internal", "closed-mine", "direct", "asked", "snoozed")
_MOST_STATEMENTS = 500
_INTERNAL, _OF_CUSTOMERS = Q(kind=Conversation.Kind.INTERNAL), Q(kind=Conversation.Kind.CUSTOMER, snoozed_at=None)
_APART = 12  # with more inboxes, planning so many parts would cost more than it saves


@dataclass(frozen=True)
class Folder:
    """A folder as the address names it: one inbox (or all of mine) and a view."""

    view: str
    inbox: Inbox | None = None

    @property
    def key(self) -> str:
        """The moment by which it is ordered: the last activity, or that of closing (model.md §5)."""
        return _key(self.view, of_inbox=self.inbox is not None)


def _key(view: str, *, of_inbox: bool) -> str:
    by_closing = view == "closed-mine" or (view == "closed" and not of_inbox)
    return "closed_at" if by_closing else "last_activity"


@dataclass(frozen=True)
class ListPage:
    """Rows of one page and the cursor of the next one (empty at the end)."""

    heads: list[ConversationHead]
    next_cursor: str


def heads_in(scope: Scope, folder: Folder) -> QuerySet[ConversationHead]:
    """Every list row of the folder that the member may see. Not for what is put together of several
    (TOGETHER).
    """
    return _VIEWS[folder.view](scope.only(folder.inbox))


def _customer(scope: Scope) -> QuerySet[ConversationHead]:
    return ConversationHead.objects.filter(
        kind=Conversation.Kind.CUSTOMER, inbox_id__in=scope.inbox_ids, message_count__gt=0
    )


def _quiet_for(scope: Scope) -> Q:
    """What rings or waits shows to its holder and to managers only: the others are not disturbed (M-39)."""
    if scope.inbox_ids == scope.managed_ids:
        return Q()
    held = Offer.objects.filter(conversation_id=OuterRef("pk"), state=Offer.State.PENDING, user_id=scope.member.user_id)
    return ~Q(routing__in=["ringing", "waiting"]) | Q(inbox_id__in=scope.managed_ids) | Q(Exists(held))


def _open(scope: Scope) -> QuerySet[ConversationHead]:
    return _customer(scope).filter(_quiet_for(scope), status="open", snoozed_at=None)


def _mine(scope: Scope) -> QuerySet[ConversationHead]:
    return _customer(scope).filter(status="open", assignee_id=scope.member.user_id, snoozed_at=None)


def _snoozed(scope: Scope) -> QuerySet[ConversationHead]:
    return _customer(scope).filter(status="open", snoozed_at__isnull=False)


def _unassigned(scope: Scope) -> QuerySet[ConversationHead]:
    return _customer(scope).filter(status="open", routing="unclaimed")


def _offered(scope: Scope) -> QuerySet[ConversationHead]:
    waiting = _customer(scope).filter(status="open", routing__in=["ringing", "waiting"])
    return waiting.filter(inbox_id__in=scope.managed_ids)


def _closed(scope: Scope) -> QuerySet[ConversationHead]:
    return _customer(scope).exclude(status="open")


def _followed(scope: Scope, *, is_open: bool) -> QuerySet[ConversationHead]:
    following = Participant.objects.filter(
        user_id=scope.member.user_id, following=True, left_at=None, closed_at__isnull=is_open
    )
    rows = ConversationHead.objects.filter(pk__in=following.values("conversation_id"))
    return rows if scope.member.engagement_licence else rows.filter(inbox=None)  # G-33


def _my_open(scope: Scope, fits: Q) -> QuerySet[ConversationHead]:
    return _followed(scope, is_open=True).filter(fits, status="open", company_id=scope.member.company_id)


def _my_customer(scope: Scope) -> QuerySet[ConversationHead]:
    return _my_open(scope, _OF_CUSTOMERS)


def _my_internal(scope: Scope) -> QuerySet[ConversationHead]:
    return _my_open(scope, _INTERNAL)


def _my_open_elsewhere(scope: Scope) -> QuerySet[ConversationHead]:
    """Mine and not in _open already: for who manages every inbox only what is internal. One look at my seats."""
    return _my_open(scope, _INTERNAL if scope.everywhere else _INTERNAL | _OF_CUSTOMERS)


def _my_closed(scope: Scope) -> QuerySet[ConversationHead]:
    return _followed(scope, is_open=False).exclude(status="open").exclude(kind=Conversation.Kind.DIRECT)


def _my_old(scope: Scope) -> QuerySet[ConversationHead]:
    return _my_closed(scope).filter(company_id=scope.member.company_id)


def _talks(scope: Scope, *, archived: bool, snoozed: bool = False) -> QuerySet[ConversationHead]:
    mine = Participant.objects.filter(
        user_id=scope.member.user_id,
        left_at=None,
        archived_at__isnull=not archived,
        side=Participant.Side.PEER,
        snoozed_at__isnull=not snoozed,
    )
    return ConversationHead.objects.filter(
        kind=Conversation.Kind.DIRECT, message_count__gt=0, pk__in=mine.values("conversation_id")
    )


def _direct(scope: Scope) -> QuerySet[ConversationHead]:
    return _talks(scope, archived=False)


def _direct_snoozed(scope: Scope) -> QuerySet[ConversationHead]:
    return _talks(scope, archived=False, snoozed=True)


def _direct_archived(scope: Scope) -> QuerySet[ConversationHead]:
    return _talks(scope, archived=True)


def _requests(scope: Scope) -> QuerySet[ConversationHead]:
    """What I asked a company. In an inbox of mine it is one of the inbox's requests."""
    asked = asked_by(scope.member.user_id).exclude(head__inbox_id__in=scope.inbox_ids)
    return ConversationHead.objects.filter(pk__in=asked.values("pk"), message_count__gt=0)


def _asked(scope: Scope) -> QuerySet[ConversationHead]:
    return _requests(scope).filter(status="open")


def _asked_before(scope: Scope) -> QuerySet[ConversationHead]:
    return _requests(scope).exclude(status="open")


_VIEWS = {
    "open": _open,
    "mine": _mine,
    "unassigned": _unassigned,
    "offered": _offered,
    "closed": _closed,
    "customer": _my_customer,
    "internal": _my_internal,
    "closed-mine": _my_closed,
    "direct": _direct,
    "asked": _asked,
}
# Put together of several: each part is cut to one page before they are merged, so that each can use its index.
# Each says which kinds of filters.KINDS it may hold.
TOGETHER = {
    "all": (
        (_open, "customer"),
        (_my_open_elsewhere, "customer internal"),
        (_direct, "direct"),
        (_asked, "asked"),
    ),
    "archive": (
        (_closed, "customer"),
        (_my_old, "customer internal"),
        (_direct_archived, "direct"),
        (_asked_before, "asked"),
    ),
    "snoozed": ((_snoozed, "customer internal"), (_direct_snoozed, "direct")),
}
VIEWS = frozenset(_VIEWS) | frozenset(TOGETHER)
_BY_INBOX = (_open, _closed, _unassigned, _offered, _snoozed)


def list_page(
    scope: Scope, folder: Folder, *, cursor: str = "", limit: int = PAGE, filters: Filters = EVERYTHING
) -> ListPage:
    """One page of the folder in its order (closed ones by the time of closing). A bad cursor = first page."""
    within, after = scope.only(folder.inbox), _read_cursor(cursor)
    statement = _statement(within, folder, filters, paged=after is not None, limit=limit)
    found = statement.rows(within.known(after) | filters.known())
    more = found[limit - 1] if len(found) > limit else None
    heads = _with_people([pk for pk, _ in found[:limit]])
    return ListPage(heads, _write_cursor(more[1], more[0]) if more else "")


def ids_in(scope: Scope, folder: Folder, filters: Filters, *, limit: int) -> list[int]:
    """The conversations of the folder that fit, in its order, at most `limit`; each once."""
    within = scope.only(folder.inbox)
    statement = _statement(within, folder, filters, paged=False, limit=limit - 1)
    return [pk for pk, _ in statement.rows(within.known() | filters.known())]


def _statement(within: Scope, folder: Folder, filters: Filters, *, paged: bool, limit: int) -> Statement:
    of_inbox = folder.inbox is not None
    if filters.only is not None:  # as many places as there are unread ones
        rows = _page_rows(folder.view, within.shape.stand_in(), AFTER if paged else None, limit, filters, of_inbox)
        return compiled(rows)
    shaped = filters.shape()
    if shaped == EVERYTHING:
        return _plain(folder.view, within.shape, paged=paged, limit=limit, of_inbox=of_inbox)
    return _narrowed(folder.view, within.shape, shaped, paged=paged, limit=limit, of_inbox=of_inbox)


@cache
def _plain(view: str, shape: Shape, *, paged: bool, limit: int, of_inbox: bool) -> Statement:
    return compiled(_page_rows(view, shape.stand_in(), AFTER if paged else None, limit, EVERYTHING, of_inbox))


@lru_cache(maxsize=_MOST_STATEMENTS)
def _narrowed(view: str, shape: Shape, filters: Filters, *, paged: bool, limit: int, of_inbox: bool) -> Statement:
    """Everybody may think of filters: only the latest of their statements are kept."""
    return compiled(_page_rows(view, shape.stand_in(), AFTER if paged else None, limit, filters, of_inbox))


def _page_rows(
    view: str, scope: Scope, after: tuple[datetime, int] | None, limit: int, filters: Filters, of_inbox: bool
) -> QuerySet:
    """(conversation id, time) of one page and one row more, to know whether the list goes on."""
    key = _key(view, of_inbox=of_inbox)
    order = order_of(filters, key)
    parts = []
    for build, part in _parts(view, filters.kind, scope):
        rows = filters.applied(build(part), key, scope.member.company_id)
        if after is not None:
            rows = rows.filter(order.beyond(*after))
        parts.append(rows.order_by(*order.by).values_list("conversation_id", order.key)[: limit + 1])
    parts = [part for part in parts if not part.query.is_empty()] or parts[:1]
    rows = parts[0].union(*parts[1:]).order_by(*order.by) if len(parts) > 1 else parts[0]
    return rows[: limit + 1]


def _parts(view: str, kind: str, scope: Scope) -> Iterator[tuple[Callable[[Scope], QuerySet], Scope]]:
    """What a page is put together of. Of a few inboxes each is a part of its own: its index gives the newest rows in
    order, while the newest of several inboxes at once can only be found by sorting all that is open there.
    """
    builders = [_VIEWS[view]] if view in _VIEWS else _builders(view, kind)
    for build in builders:
        apart = build in _BY_INBOX and 1 < len(scope.inbox_ids) <= _APART
        yield from ((build, part) for part in (scope.each() if apart else [scope]))


def _builders(view: str, kind: str) -> list[Callable[[Scope], QuerySet]]:
    return [build for build, kinds in TOGETHER[view] if not kind or kind in kinds.split()]


def filtered(scope: Scope, folder: Folder, filters: Filters) -> QuerySet[ConversationHead]:
    """Every list row of the folder that fits, in no order. Not for what is put together of several (TOGETHER)."""
    return filters.applied(heads_in(scope, folder), folder.key, scope.member.company_id)


_PERSON = ("public_id", "first_name", "last_name", "email")
# What conversations.selectors.rows reads of a row's neighbours; anything more would cost a query for each row.
_SHOWN = (
    "conversation_id", "kind", "company_id", "status", "routing", "last_seq", "last_activity", "preview",
    "preview_author", "closed_at", "snoozed_at", "snoozed_until", "inbox__public_id", "inbox__name",
    *(f"assignee__{name}" for name in _PERSON),
    *(
        f"conversation__{name}"
        for name in (
            "public_id", "number", "kind", "subject", "origin", "channel__name", "about__public_id",
            "company__public_id", "company__name", "customer", "visitor", "discussion", "guest_count",
        )
    ),
)  # fmt: skip


def _with_people(pks: list[int]) -> list[ConversationHead]:
    found = {head.pk: head for head in _ROWS.rows(pks)}
    return [found[pk] for pk in pks if pk in found]


_ROWS = Prepared(
    lambda ids: (
        ConversationHead.objects.select_related(
            "conversation__channel",
            "conversation__company",
            "conversation__customer",
            "conversation__visitor__customer",
            "conversation__about",
            "inbox",
            "assignee",
        )
        .only(*_SHOWN)
        .filter(pk__any=ids)
    )
)


def _write_cursor(at: datetime | None, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat() if at else ''}|{pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, int] | None:
    try:
        at, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        after = datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error, UnicodeError):
        return None
    return after if after[0].tzinfo and 1900 < after[0].year < 9000 and 0 < after[1] < 2**63 else None


def holders_of(heads: list[ConversationHead]) -> dict[int, Offer]:
    """conversation id → pending offer, for the rows that ring."""
    ringing = [head.pk for head in heads if head.routing == "ringing"]
    if not ringing:
        return {}
    offers = Offer.objects.select_related("user").filter(conversation_id__in=ringing, state=Offer.State.PENDING)
    return {offer.conversation_id: offer for offer in offers}
