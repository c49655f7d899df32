"""How much each folder of the side bar holds: every number capped, all of them in one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache

from django.db import connection
from django.db.models import Exists, OuterRef

from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.folders import Folder, heads_in
from conversations.selectors.scope import Scope, Shape, Statement, compiled

CAP = 1000


def sizes(scope: Scope, folders: Collection[Folder]) -> dict[Folder, int]:
    """folder → how many conversations it holds, at most CAP: a number that never grows with the data."""
    parts, values = [], []
    wanted = list(folders)
    for number, folder in enumerate(wanted):
        within = scope.only(folder.inbox)
        statement = _statement(folder.view, within.shape)
        parts.append(f"(SELECT {number}, count(*) FROM ({statement.sql}) AS held)")  # noqa: S608 -- compiled, no values
        values += statement.values(within.known())
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {wanted[number]: count for number, count in cursor.fetchall()}


@cache
def _statement(view: str, shape: Shape) -> Statement:
    return compiled(heads_in(shape.stand_in(), Folder(view)).order_by().values("pk")[:CAP])


def unread_counts(member: Membership, unread: Collection[str]) -> dict[str, int]:
    """open, customer, internal, direct → conversations among the unread ones (public ids) of those folders."""
    if not unread:
        return {}
    heads = ConversationHead.objects.filter(conversation__public_id__in=unread, status="open", snoozed_at=None)
    followed = Participant.objects.filter(
        conversation_id=OuterRef("pk"), user_id=member.user_id, following=True, left_at=None
    )
    numbers: Counter[str] = Counter()
    for kind, mine in heads.annotate(mine=Exists(followed)).values_list("kind", "mine"):
        if kind == Conversation.Kind.CUSTOMER:
            numbers["open"] += 1
            numbers["customer"] += mine
        else:
            numbers[kind] += 1
    return dict(numbers)
