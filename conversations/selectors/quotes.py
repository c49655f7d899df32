"""Which messages a member may quote, and where: what they read themselves, for people who may read it, too."""

from __future__ import annotations

from uuid import UUID

from companies.models import Membership
from conversations.models import Conversation, Message
from conversations.selectors.messages import stored_message_data
from conversations.selectors.peers import beginning_for
from conversations.selectors.visibility import conversations_for, side_conversation_for


def quotable(member: Membership, conversation: Conversation, message_id: UUID) -> bool:
    """Whether the member reads this message in the conversation, beside it, or in the request that it accompanies.

    Whether the readers of the new message may read it, too, is the action's question (INV-02).
    """
    own = Message.objects.filter(conversation=conversation, seq__gt=beginning_for(member, conversation)[0])
    if own.filter(client_id=message_id, deleted_at=None).exists():
        return True
    side = side_conversation_for(member, conversation)
    readable = {side.pk} if side else set()
    if conversation.about_id and conversations_for(member).filter(pk=conversation.about_id).exists():
        readable.add(conversation.about_id)
    return Message.objects.filter(conversation__in=readable, client_id=message_id, deleted_at=None).exists()


def quoted_in(
    member: Membership, conversation: Conversation, side: Conversation | None, message_id: UUID
) -> dict | None:
    """The message that the address asks to quote, with `kind` of its conversation; None when there is none."""
    beginning = beginning_for(member, conversation)[0]
    rows = Message.objects.select_related("user", "customer", "visitor__customer", "conversation").filter(
        client_id=message_id, conversation__in=[one.pk for one in (conversation, side) if one], deleted_at=None
    )
    found = rows.filter(system_kind="").first()
    if found is None or (found.conversation_id == conversation.pk and found.seq <= beginning):
        return None
    return stored_message_data(found, found.conversation)
