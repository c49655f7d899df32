"""How much each folder of the side bar holds: every number capped, all of them in one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from django.db.models import CharField, QuerySet, Value

from channels_app.models import Inbox
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.folders import Folder, heads_in

CAP = 1000
Key = tuple[str, int | None]


def inbox_counts(member: Membership, desks: Iterable[tuple[Inbox, Collection[str]]]) -> dict[Key, int]:
    """(view, inbox id) → number, for the given views of each inbox; capped, so that it never grows with the data."""
    parts = [
        _labelled(heads_in(member, Folder(view, inbox)), f"{view}:{inbox.pk}")
        for inbox, views in desks
        for view in views
    ]
    if not parts:
        return {}
    labels = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    found = Counter(labels)
    return {(view, int(pk)): number for label, number in found.items() for view, _, pk in [label.partition(":")]}


def folder_size(member: Membership, folder: Folder) -> int:
    """How many conversations a folder holds, at most CAP."""
    return len(heads_in(member, folder).order_by().values_list("pk", flat=True)[:CAP])


def _labelled(rows: QuerySet[ConversationHead], label: str) -> QuerySet:
    named = rows.order_by().annotate(label=Value(label, output_field=CharField()))
    return named.values_list("label", flat=True)[:CAP]


def unread_counts(member: Membership, unread: Collection[str]) -> dict[str, int]:
    """open, customer, internal, direct → conversations among the unread ones (public ids) of those folders."""
    if not unread:
        return {}
    heads = ConversationHead.objects.filter(conversation__public_id__in=unread, status="open")
    kinds = dict(heads.values_list("pk", "kind"))
    followed = set(
        Participant.objects.filter(
            user=member.user, following=True, left_at=None, conversation_id__in=kinds
        ).values_list("conversation_id", flat=True)
    )
    numbers: Counter[str] = Counter()
    for pk, kind in kinds.items():
        if kind == Conversation.Kind.CUSTOMER:
            numbers["open"] += 1
            numbers["customer"] += pk in followed
        else:
            numbers[kind] += 1
    return dict(numbers)
