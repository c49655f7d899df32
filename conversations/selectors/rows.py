"""The list row of a conversation: one shape for pages and frames."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.models import Conversation, ConversationHead
from conversations.selectors.peers import Peer, snooze_word


def row_data(
    conversation: Conversation,
    head: ConversationHead,
    *,
    holder: dict | None = None,
    peers: Sequence[Peer] = (),
    seat: Peer | None = None,
    tags: Sequence[str] | None = None,
) -> dict:
    """Data of a list row. `holder` ({"id","name","expires_at"}) while the request rings; `peers`: the others of a
    direct conversation, as the reader of this row sees it; `seat`: the reader's own place in it; `tags`: those of the
    reader's company, None where this row brings none.
    """
    assignee = head.assignee
    about = conversation.about if conversation.about_id and not conversation.discussion else None
    who, who_id, beside = _who(conversation, peers)
    before_me = seat is not None and seat.since_seq >= head.last_seq
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
        "channel": beside,
        "origin": conversation.origin,
        "preview": "" if before_me else head.preview,
        "preview_author": "" if before_me else head.preview_author,
        "at": head.last_activity.isoformat(),
        "seq": head.last_seq,
        "status": head.status,
        "routing": head.routing,
        "assignee": {"id": str(assignee.public_id), "name": assignee.full_name} if assignee else None,
        "holder": holder,
        "archived": seat is not None and seat.archived,
        "muted": seat is not None and seat.muted,
        "snoozed": seat.snoozed if seat else snooze_word(head.snoozed_at, head.snoozed_until),
        "tags": list(tags or ()),
        "tagged": tags is not None,
    }


def _who(conversation: Conversation, peers: Sequence[Peer]) -> tuple[str, str, str]:
    """Name and id of whom the row is about, and what stands small beside: the channel, or their company."""
    if peers:
        names = ", ".join(peer.user.full_name for peer in peers)
        return names, str(peers[0].user.public_id), ", ".join(dict.fromkeys(p.company for p in peers if p.company))
    person = conversation.visitor or conversation.customer or conversation
    channel = conversation.channel.name if conversation.channel else ""
    return conversation.requester_label or conversation.subject, str(person.public_id), channel


def _face(conversation: Conversation, head: ConversationHead, who: str, who_id: str) -> dict:
    """Who a row shows: the person who asks, or in an internal conversation who wrote last."""
    if conversation.kind == Conversation.Kind.INTERNAL and head.preview_author:
        return {"name": head.preview_author, "id": head.preview_author}
    return {"name": who, "id": who_id}
