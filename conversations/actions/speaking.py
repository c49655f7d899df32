"""A member says something in a conversation that they have open: to whoever is answered, or beside it to colleagues."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from companies.models import Membership
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import BadMessage, Locked, Posted, post_message
from conversations.actions.starting import side_conversation
from conversations.models import Conversation, ConversationHead, Message
from conversations.selectors.peers import speaker
from conversations.selectors.visibility import role_for


def speak(
    conversation: Conversation,
    *,
    member: Membership,
    kind: str,
    body: str,
    client_id: UUID,
    attachments: tuple[UUID, ...] = (),
    seen_seq: int | None = None,
    quote: UUID | None = None,
    now: datetime,
) -> Posted:
    """Store the line where its kind (reply, internal) belongs: here, or in the internal side conversation (N-22).

    The conversation comes from conversation_for(member, …). Raises what post_message() raises. `seen_seq`: held once
    when a colleague has answered after that line (careful.Held).
    """
    return post_message(
        _target(conversation, kind=kind, member=member, now=now),
        author=speaker(member, conversation),
        body=body,
        client_id=client_id,
        via=Message.Via.APP,
        role=role_for(member, conversation),
        may_post=member.may_post_customer_replies,
        attachments=attachments,
        seen_seq=seen_seq if kind == "reply" else None,
        quote=quote,
        now=now,
    )


def check_kind(conversation: Conversation, kind: str) -> None:
    """Raises BadMessage or NotAllowed when the conversation has no such readers (INV-03)."""
    if kind == "internal" and conversation.kind == Conversation.Kind.DIRECT:
        raise BadMessage("no_side")
    if kind == "reply" and conversation.kind == Conversation.Kind.INTERNAL:
        raise NotAllowed("internal_only")


def _target(conversation: Conversation, *, kind: str, member: Membership, now: datetime) -> Conversation:
    check_kind(conversation, kind)
    if conversation.merged_into_id is not None:
        raise Conflict("merged")
    if kind != "internal" or conversation.kind != Conversation.Kind.CUSTOMER:
        return conversation
    if conversation.head.status == ConversationHead.Status.LOCKED:
        raise Locked
    return side_conversation(conversation, member=member, now=now)
