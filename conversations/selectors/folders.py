"""The folders of the inbox (model.md §5), as keyset pages over the narrow list rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import Inbox
from conversations.models import Conversation, ConversationHead, Offer, Participant, Tagging
from conversations.selectors.requests import asked_by
from conversations.selectors.scope import AFTER, Scope, Shape, Statement, compiled

PAGE = 25
CUSTOMER_VIEWS = ("open", "mine", "unassigned", "offered", "closed")
MY_VIEWS = ("customer", "internal", "closed-mine", "direct", "asked", "snoozed")
_BY_CLOSING = {"closed", "closed-mine"}


@dataclass(frozen=True)
class Folder:
    """A folder as the address names it: one inbox (or all of mine) and a view."""

    view: str
    inbox: Inbox | None = None


@dataclass(frozen=True)
class Filters:
    """`only`: public ids to narrow a folder to (what is unread); `tag`: a tag of the member's company."""

    only: Collection[str] | None = None
    tag: str = ""


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


def _my_customer(scope: Scope) -> QuerySet[ConversationHead]:
    rows = _followed(scope, is_open=True).filter(kind=Conversation.Kind.CUSTOMER, company_id=scope.member.company_id)
    return rows.filter(status="open", snoozed_at=None)


def _my_internal(scope: Scope) -> QuerySet[ConversationHead]:
    return _followed(scope, is_open=True).filter(
        kind=Conversation.Kind.INTERNAL, status="open", company_id=scope.member.company_id
    )


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
TOGETHER = {
    "all": (_open, _my_customer, _my_internal, _direct, _asked),
    "archive": (_closed, _my_old, _direct_archived, _asked_before),
    "snoozed": (_snoozed, _direct_snoozed),
}
VIEWS = frozenset(_VIEWS) | frozenset(TOGETHER)


def list_page(
    scope: Scope, folder: Folder, *, cursor: str = "", limit: int = PAGE, filters: Filters | None = None
) -> ListPage:
    """One page of the folder, latest activity first (closed ones by the time of closing). A bad cursor = first page."""
    scope, after = scope.only(folder.inbox), _read_cursor(cursor)
    if filters is None:
        statement = _page_statement(folder.view, scope.shape, paged=after is not None, limit=limit)
        found = statement.rows(scope.known(after))
    else:
        found = list(_page_rows(folder.view, scope, after, limit, filters))
    more = found[limit - 1] if len(found) > limit else None
    heads = _with_people([pk for pk, _ in found[:limit]])
    return ListPage(heads, _write_cursor(more[1], more[0]) if more else "")


def _tagged(rows: QuerySet[ConversationHead], company_id: int, tag: str) -> QuerySet[ConversationHead]:
    tagged = Tagging.objects.filter(tag__company=company_id, tag__name__iexact=tag)
    return rows.filter(pk__in=tagged.values("conversation_id"))


@cache
def _page_statement(view: str, shape: Shape, *, paged: bool, limit: int) -> Statement:
    return compiled(_page_rows(view, shape.stand_in(), AFTER if paged else None, limit, None))


def _page_rows(
    view: str, scope: Scope, after: tuple[datetime, int] | None, limit: int, filters: Filters | None
) -> QuerySet:
    """(conversation id, time) of one page and one row more, to know whether the list goes on."""
    key = "closed_at" if view in _BY_CLOSING else "last_activity"
    parts = []
    for build in TOGETHER.get(view) or (_VIEWS[view],):
        rows = build(scope)
        if filters and filters.only is not None:
            rows = rows.filter(conversation__public_id__in=filters.only)
        if filters and filters.tag:
            rows = _tagged(rows, scope.member.company_id, filters.tag)
        parts.append(_part(rows, key, after, limit))
    rows = parts[0].union(*parts[1:]).order_by(f"-{key}", "-conversation_id") if len(parts) > 1 else parts[0]
    return rows[: limit + 1]


def _part(rows: QuerySet[ConversationHead], key: str, after: tuple[datetime, int] | None, limit: int) -> QuerySet:
    if after is not None:
        at, pk = after
        rows = rows.filter(Q(**{f"{key}__lt": at}) | Q(**{key: at, "pk__lt": pk}))
    return rows.order_by(f"-{key}", "-conversation_id").values_list("conversation_id", key)[: limit + 1]


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
    rows = ConversationHead.objects.select_related(
        "conversation__channel",
        "conversation__company",
        "conversation__customer",
        "conversation__visitor__customer",
        "conversation__about",
        "inbox",
        "assignee",
    )
    found = rows.only(*_SHOWN).in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _write_cursor(at: datetime | None, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat() if at else ''}|{pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, int] | None:
    try:
        at, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error, UnicodeError):
        return None


def holders_of(heads: list[ConversationHead]) -> dict[int, Offer]:
    """conversation id → pending offer, for the rows that ring."""
    ringing = [head.pk for head in heads if head.routing == "ringing"]
    if not ringing:
        return {}
    offers = Offer.objects.select_related("user").filter(conversation_id__in=ringing, state=Offer.State.PENDING)
    return {offer.conversation_id: offer for offer in offers}
