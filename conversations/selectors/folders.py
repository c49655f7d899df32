"""The folders of the inbox (model.md §5), as keyset pages over the narrow list rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import Inbox
from channels_app.selectors import inboxes_for, managed_inboxes
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Offer, Participant, Tagging
from conversations.selectors.requests import asked_by

PAGE = 25
CUSTOMER_VIEWS = ("open", "mine", "unassigned", "offered", "closed")
MY_VIEWS = ("customer", "internal", "closed-mine", "direct", "asked")
_BY_CLOSING = {"closed", "closed-mine"}


@dataclass(frozen=True)
class Folder:
    """A folder as the address names it: one inbox (or all of mine) and a view."""

    view: str
    inbox: Inbox | None = None


@dataclass(frozen=True)
class ListPage:
    """Rows of one page and the cursor of the next one (empty at the end)."""

    heads: list[ConversationHead]
    next_cursor: str


def heads_in(member: Membership, folder: Folder) -> QuerySet[ConversationHead]:
    """Every list row of the folder that the member may see; not for what is put together of several (TOGETHER)."""
    return _VIEWS[folder.view](member, _inbox_ids(member, folder))


def _inbox_ids(member: Membership, folder: Folder) -> list[int]:
    if folder.inbox is not None:
        return [folder.inbox.pk]
    return list(inboxes_for(member).values_list("pk", flat=True))


def _customer(inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return ConversationHead.objects.filter(kind=Conversation.Kind.CUSTOMER, inbox_id__in=inbox_ids, message_count__gt=0)


def _managed(member: Membership) -> QuerySet:
    return managed_inboxes(member).order_by().values("id")


def _quiet_for(member: Membership) -> Q:
    """What rings or waits shows to its holder and to managers only: the others are not disturbed (M-39)."""
    held = Offer.objects.filter(conversation_id=OuterRef("pk"), state=Offer.State.PENDING, user=member.user)
    return ~Q(routing__in=["ringing", "waiting"]) | Q(inbox__in=_managed(member)) | Q(Exists(held))


def _open(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _customer(inbox_ids).filter(_quiet_for(member), status="open")


def _mine(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _customer(inbox_ids).filter(status="open", assignee=member.user)


def _unassigned(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _customer(inbox_ids).filter(status="open", routing="unclaimed")


def _offered(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    waiting = _customer(inbox_ids).filter(status="open", routing__in=["ringing", "waiting"])
    return waiting.filter(inbox__in=_managed(member))


def _closed(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _customer(inbox_ids).exclude(status="open")


def _followed(member: Membership) -> QuerySet[ConversationHead]:
    following = Participant.objects.filter(user=member.user, following=True, left_at=None)
    rows = ConversationHead.objects.filter(pk__in=following.values("conversation_id"))
    return rows if member.engagement_licence else rows.filter(inbox=None)  # G-33


def _my_customer(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _followed(member).filter(kind=Conversation.Kind.CUSTOMER, status="open", company_id=member.company_id)


def _my_internal(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _followed(member).filter(kind=Conversation.Kind.INTERNAL, status="open", company_id=member.company_id)


def _my_closed(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _followed(member).exclude(status="open").exclude(kind=Conversation.Kind.DIRECT)


def _my_old(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _my_closed(member, inbox_ids).filter(company_id=member.company_id)


def _talks(member: Membership, *, archived: bool) -> QuerySet[ConversationHead]:
    mine = Participant.objects.filter(
        user=member.user, left_at=None, archived_at__isnull=not archived, conversation__kind=Conversation.Kind.DIRECT
    )
    return ConversationHead.objects.filter(
        kind=Conversation.Kind.DIRECT, message_count__gt=0, pk__in=mine.values("conversation_id")
    )


def _direct(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _talks(member, archived=False)


def _direct_archived(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _talks(member, archived=True)


def _requests(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    """What I asked a company. In an inbox of mine it is one of the inbox's requests."""
    asked = asked_by(member.user_id).exclude(head__inbox_id__in=inbox_ids)
    return ConversationHead.objects.filter(pk__in=asked.values("pk"), message_count__gt=0)


def _asked(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _requests(member, inbox_ids).filter(status="open")


def _asked_before(member: Membership, inbox_ids: list[int]) -> QuerySet[ConversationHead]:
    return _requests(member, inbox_ids).exclude(status="open")


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
}
VIEWS = frozenset(_VIEWS) | frozenset(TOGETHER)


def list_page(
    member: Membership,
    folder: Folder,
    *,
    cursor: str = "",
    limit: int = PAGE,
    only: Collection[str] | None = None,
    tag: str = "",
) -> ListPage:
    """One page of the folder, latest activity first (closed ones by the time of closing). A bad cursor = first page.

    `only`: public ids to narrow it to (what is unread); `tag`: a tag of the member's company.
    """
    key = "closed_at" if folder.view in _BY_CLOSING else "last_activity"
    inbox_ids = _inbox_ids(member, folder)
    parts = [
        _page_of(_tagged(rows(member, inbox_ids), member, tag), key, _read_cursor(cursor), only, limit)
        for rows in TOGETHER.get(folder.view) or (_VIEWS[folder.view],)
    ]
    rows = parts[0].union(*parts[1:]).order_by(f"-{key}", "-conversation_id") if len(parts) > 1 else parts[0]
    found = list(rows[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    heads = _with_people([pk for pk, _ in found[:limit]])
    return ListPage(heads, _write_cursor(more[1], more[0]) if more else "")


def _tagged(rows: QuerySet[ConversationHead], member: Membership, tag: str) -> QuerySet[ConversationHead]:
    if not tag:
        return rows
    tagged = Tagging.objects.filter(tag__company=member.company_id, tag__name__iexact=tag)
    return rows.filter(pk__in=tagged.values("conversation_id"))


def _page_of(
    rows: QuerySet[ConversationHead],
    key: str,
    after: tuple[datetime, int] | None,
    only: Collection[str] | None,
    limit: int,
) -> QuerySet:
    if only is not None:
        rows = rows.filter(conversation__public_id__in=only)
    if after is not None:
        at, pk = after
        rows = rows.filter(Q(**{f"{key}__lt": at}) | Q(**{key: at, "pk__lt": pk}))
    return rows.order_by(f"-{key}", "-conversation_id").values_list("conversation_id", key)[: limit + 1]


def _with_people(pks: list[int]) -> list[ConversationHead]:
    rows = ConversationHead.objects.select_related(
        "conversation__channel",
        "conversation__company",
        "conversation__customer",
        "conversation__visitor__customer",
        "conversation__about",
        "inbox",
        "assignee",
    ).in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


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
