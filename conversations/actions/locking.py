"""Locks in the one order that everybody keeps: conversations by id, then channel, then offer (model.md §4.2)."""

from __future__ import annotations

from collections.abc import Iterable

from channels_app.models import Channel
from conversations.models import ConversationHead, Offer


class Conflict(Exception):
    """The state does not allow it (409); the text says in plain words what is the case."""


class NotAllowed(Exception):
    """The person sees the conversation but may not do this (403)."""


def lock_heads(conversation_ids: Iterable[int]) -> dict[int, ConversationHead]:
    """Lock the heads in order of id; each comes with its conversation, channel, inbox and people."""
    heads = (
        ConversationHead.objects.select_for_update(of=("self",))
        .select_related(
            "conversation__company",
            "conversation__channel__company",
            "conversation__customer",
            "conversation__visitor__customer",
            "inbox",
            "assignee",
        )
        .filter(conversation_id__in=set(conversation_ids))
        .order_by("conversation_id")
    )
    return {head.pk: head for head in heads}


def lock_head(conversation_id: int) -> ConversationHead:
    """Lock one head; raises ConversationHead.DoesNotExist."""
    heads = lock_heads([conversation_id])
    if conversation_id not in heads:
        raise ConversationHead.DoesNotExist
    return heads[conversation_id]


def lock_channel(channel_id: int) -> Channel:
    """Lock a channel so that two requests never read the same line (M-44); take the conversation first."""
    return (
        Channel.objects.select_for_update(of=("self",), no_key=True)
        .select_related("company", "inbox")
        .get(pk=channel_id)
    )


def lock_offer(conversation_id: int) -> Offer | None:
    """Lock the pending offer of a conversation whose head is locked already."""
    return (
        Offer.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(conversation_id=conversation_id, state=Offer.State.PENDING)
        .first()
    )
