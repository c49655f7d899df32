"""Tags of the viewer's company and public references of conversations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from conversations.models import Conversation, Reference, Tagging
from events.prepared import Prepared


def tags_of(company_id: int, conversation_ids: Iterable[int]) -> dict[int, list[str]]:
    """conversation id → this company's tags, by name; another company's are never among them. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    for conversation_id, name in _TAGS.rows(conversation_ids, company_id):
        found[conversation_id].append(name)
    return found


def references_of(conversation: Conversation) -> list[str]:
    """The public references, by text."""
    return [text for (text,) in _REFERENCES.rows(conversation.pk)]


_TAGS = Prepared(
    lambda ids, company_id: (
        Tagging.objects.filter(conversation_id__any=ids, tag__company_id=company_id)
        .order_by("tag__name")
        .values_list("conversation_id", "tag__name")
    )
)
_REFERENCES = Prepared(lambda pk: Reference.objects.filter(conversation_id=pk).order_by("text").values_list("text"))
