"""How much each folder and saved view of the side bar holds: every number capped, all of them in one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.filters import EVERYTHING, Filters
from conversations.selectors.folders import Folder, filtered
from conversations.selectors.scope import Scope, Shape, Statement, compiled
from events.prepared import Prepared

CAP = 1000
NARROWED_CAP = 100
_OPEN_VIEWS = {"open", "mine", "unassigned", "offered", "customer", "internal", "direct", "asked"}
_MOST_STATEMENTS = 500


@dataclass(frozen=True)
class Counted:
    """What is to be counted: a folder, or one with filters."""

    folder: Folder
    filters: Filters = EVERYTHING

    @property
    def cheap(self) -> bool:
        """Whether counting reads open conversations only; what is closed grows for ever."""
        return self.folder.view in _OPEN_VIEWS and self.filters.only is None


def sizes(scope: Scope, wanted: Collection[Counted]) -> dict[Counted, int]:
    """What is counted → how many conversations it holds, at most CAP (with filters NARROWED_CAP).

    A number that never grows with the data. Only for what is `cheap`, or a folder that is bounded by itself.
    """
    parts, values = [], []
    listed = list(wanted)
    for number, one in enumerate(listed):
        within = scope.only(one.folder.inbox)
        statement = _statement(one.folder.view, within.shape, one.filters.shape(), one.folder.inbox is not None)
        parts.append(f"(SELECT {number}, count(*) FROM ({statement.sql}) AS held)")  # noqa: S608 -- compiled, no values
        values += statement.values(within.known() | one.filters.known())
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {listed[number]: count for number, count in cursor.fetchall()}


@lru_cache(maxsize=_MOST_STATEMENTS)
def _statement(view: str, shape: Shape, filters: Filters, of_inbox: bool) -> Statement:
    scope = shape.stand_in()
    cap = CAP if filters == EVERYTHING else NARROWED_CAP
    # The order of a folder depends on whether it is one inbox's; which inbox that is, the scope says.
    folder = Folder(view, scope.stand_in_inbox() if of_inbox else None)
    return compiled(filtered(scope, folder, filters).order_by().values("pk")[:cap])


def unread_counts(scope: Scope, unread: Mapping[str, int] | Collection[str]) -> Counter[tuple[str, int | None]]:
    """(view, inbox's key or None for all) → conversations of that folder among the unread ones (public ids)."""
    numbers: Counter[tuple[str, int | None]] = Counter()
    if not unread:
        return numbers
    member, rows = scope.member, _UNREAD.rows([UUID(key) for key in unread], scope.member.user_id)
    for here, kind, inbox, company, routing, assignee, mine, asker in rows:
        if kind == Conversation.Kind.DIRECT and not here:
            continue
        for folder in _folders_of(scope, kind, inbox, routing, assignee, asker):
            numbers[folder] += 1
        if mine and company == member.company_id and kind != Conversation.Kind.DIRECT:
            numbers[str(kind), None] += 1
    return numbers


def _unread(keys: list[UUID], user_id: int) -> QuerySet:
    followed = Participant.objects.filter(conversation_id=OuterRef("pk"), user_id=user_id, following=True, left_at=None)
    shown = Exists(followed.filter(archived_at=None))  # a direct one that was put away is in no folder
    heads = ConversationHead.objects.filter(conversation__public_id__any=keys, status="open", snoozed_at=None)
    return heads.annotate(followed=Exists(followed), shown=shown).values_list(
        "shown",
        "kind",
        "inbox_id",
        "company_id",
        "routing",
        "assignee_id",
        "followed",
        "conversation__customer__user_id",
    )


_UNREAD = Prepared(_unread)


def _folders_of(
    scope: Scope, kind: str, inbox: int | None, routing: str, assignee: int | None, asker: int | None
) -> list[tuple[str, int | None]]:
    """The folders in which an open conversation stands, besides those of what one follows."""
    if kind == Conversation.Kind.DIRECT:
        return [("direct", None)]
    if kind != Conversation.Kind.CUSTOMER:
        return []
    if inbox not in scope.inbox_ids:
        return [("asked", None)] if asker == scope.member.user_id else []
    found: list[tuple[str, int | None]] = [("open", None), ("open", inbox)]
    if assignee == scope.member.user_id:
        found.append(("mine", inbox))
    if routing == "unclaimed":
        found.append(("unassigned", inbox))
    if routing in {"ringing", "waiting"} and inbox in scope.managed_ids:
        found.append(("offered", inbox))
    return found
