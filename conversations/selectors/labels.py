"""Tags of the viewer's company and public references of conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from conversations.models import Conversation, Reference, Tagging


def tags_of(company_id: int, conversation_ids: Iterable[int]) -> dict[int, list[str]]:
    """conversation id → this company's tags, by name; another company's are never among them. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Tagging.objects.filter(conversation_id__in=list(conversation_ids), tag__company_id=company_id)
    for conversation_id, name in rows.order_by("tag__name").values_list("conversation_id", "tag__name"):
        found[conversation_id].append(name)
    return found


def references_of(conversation: Conversation) -> list[str]:
    """The public references, by text."""
    return list(Reference.objects.filter(conversation=conversation).order_by("text").values_list("text", flat=True))
