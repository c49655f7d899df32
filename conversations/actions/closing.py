"""Close, reopen, lock after 100 quiet days (model.md §4.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from companies import roles
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import Conflict, NotAllowed, lock_head, lock_offer
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Offer
from conversations.models.head import ROUTING_FIELDS
from events.publish import unit

LOCK_AFTER = timedelta(days=100)


def close(conversation: Conversation, *, author: Author, role: str, now: datetime) -> ConversationHead:
    """Close a request or an internal conversation. Raises NotAllowed, Conflict (locked). Closing twice is no error."""
    with unit():
        head = lock_head(conversation.pk)
        if head.kind == Conversation.Kind.DIRECT:
            raise NotAllowed("direct conversations are archived, not closed")
        if head.status == head.Status.LOCKED:
            raise Conflict("locked")
        if head.status == head.Status.CLOSED:
            return head
        _require_right(head, author, role)
        offer = lock_offer(head.pk)
        if offer is not None:
            ringing.end_offer(offer, Offer.State.WITHDRAWN, conversation=head.conversation, now=now, reason="closed")
        head.rings_again = head.routing in events.SILENT
        if head.rings_again:
            head.routing = head.Routing.UNCLAIMED
        head.wake()
        head.status, head.closed_at, head.closed_by = head.Status.CLOSED, now, author.name
        head.save(update_fields=["status", "closed_at", "closed_by", "rings_again", *ROUTING_FIELDS])
        events.history("conversation.closed", head.conversation, by=author, now=now)
        ringing.announce(head, now=now)
        return head


def _require_right(head: ConversationHead, author: Author, role: str) -> None:
    if head.kind == Conversation.Kind.INTERNAL:
        allowed = roles.allowed(role, "internal.write", own=True)
    elif head.routing == head.Routing.OPEN:
        allowed = roles.allowed(role, "conversation.close.open", own=author.is_requester)
    else:
        mine = author.is_team and head.assignee_id == author.id
        allowed = roles.allowed(role, "conversation.close.assigned", assigned=mine, own=author.is_requester)
    if not allowed:
        raise NotAllowed("conversation.close")


def reopen(
    conversation: Conversation, *, author: Author, role: str, now: datetime, in_place: bool = False
) -> ConversationHead:
    """Open a closed conversation again; it keeps its assignee if they still work there, and what rang or waited rings
    anew. `in_place`: closing is undone, so it stands in the lists where it stood. Raises NotAllowed, Conflict.
    """
    with unit():
        head = lock_head(conversation.pk)
        if head.status == head.Status.LOCKED:
            raise Conflict("locked")
        if head.conversation.merged_into_id is not None:
            raise Conflict("merged")
        if head.status == head.Status.OPEN:
            return head
        _require_right(head, author, role)
        assigned = head.routing == head.Routing.ASSIGNED
        ringing.fit_mode(head)
        head.status, head.closed_at, head.closed_by = head.Status.OPEN, None, ""
        if not in_place:
            head.last_activity = now
        head.save(
            update_fields=[
                "status", "closed_at", "closed_by", "last_activity", "routing", "assignee", "last_assignee_id",
            ]
        )  # fmt: skip
        events.history("conversation.reopened", head.conversation, by=author, now=now)
        if head.rings_again and head.routing == head.Routing.UNCLAIMED:
            ringing.begin(head, now=now, preferred=head.last_assignee_id, after="nobody")
            if head.routing in events.SILENT:
                events.row_hidden(head.conversation, head)
        elif assigned and head.routing == head.Routing.UNCLAIMED:
            events.history("conversation.unclaimed", head.conversation, by=author, now=now, after="released")
        ringing.announce(head, now=now)
        return head


def lock_old(*, now: datetime, limit: int = 500) -> int:
    """Lock closed conversations 100 days after their last activity; returns how many (E-48)."""
    old = ConversationHead.objects.filter(status="closed", last_activity__lt=now - LOCK_AFTER)
    count = 0
    for conversation_id in list(old.order_by("conversation_id").values_list("conversation_id", flat=True)[:limit]):
        with unit():
            head = lock_head(conversation_id)
            if head.status == head.Status.CLOSED and head.last_activity < now - LOCK_AFTER:
                head.status = head.Status.LOCKED
                head.save(update_fields=["status"])
                ringing.announce(head, now=now)
                count += 1
    return count
