"""The list row of a conversation: one shape for pages and frames."""

from __future__ import annotations

from conversations.models import Conversation, ConversationHead


def row_data(conversation: Conversation, head: ConversationHead, *, holder: dict | None = None) -> dict:
    """Data of a list row. `holder` ({"id","name","expires_at"}) while the request rings."""
    assignee = head.assignee
    about = conversation.about if conversation.about_id else None
    who = conversation.requester_label or conversation.subject
    who_id = str((conversation.visitor or conversation.customer or conversation).public_id)
    return {
        "c": str(conversation.public_id),
        "about": str(about.public_id) if about else None,
        "kind": head.kind,
        "number": conversation.number,
        "inbox": str(head.inbox.public_id) if head.inbox else None,
        "who": who,
        "who_id": who_id,
        "face": _face(conversation, head, who, who_id),
        "known": conversation.customer_id is not None,
        "subject": conversation.subject,
        "channel": conversation.channel.name if conversation.channel else "",
        "origin": conversation.origin,
        "preview": head.preview,
        "preview_author": head.preview_author,
        "at": head.last_activity.isoformat(),
        "seq": head.last_seq,
        "status": head.status,
        "routing": head.routing,
        "assignee": {"id": str(assignee.public_id), "name": assignee.full_name} if assignee else None,
        "holder": holder,
    }


def _face(conversation: Conversation, head: ConversationHead, who: str, who_id: str) -> dict:
    """Who a row shows: the person who asks, or in an internal conversation who wrote last."""
    if conversation.kind == Conversation.Kind.INTERNAL and head.preview_author:
        return {"name": head.preview_author, "id": head.preview_author}
    return {"name": who, "id": who_id}
