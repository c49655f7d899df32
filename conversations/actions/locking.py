"""Locks in the one order that everybody keeps: the company's counter of numbers, then conversations by id, then
channel, then offer (model.md §4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from channels_app.models import Channel
from companies.models import Company
from conversations.models import ConversationHead, Offer
from events.prepared import Prepared


class Conflict(Exception):
    """The state does not allow it (409); the text says in plain words what is the case."""


class NotAllowed(Exception):
    """The person sees the conversation but may not do this (403)."""


def lock_numbers(company: Company) -> Company:
    """The company's row gives out numbers and makes two starts with one id wait for each other; take it before any
    conversation, also when only one of them may need a number.
    """
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def lock_heads(conversation_ids: Iterable[int]) -> dict[int, ConversationHead]:
    """Lock the heads in order of id; each comes with its conversation, channel, inbox and people."""
    return {head.pk: head for head in _HEADS.rows(set(conversation_ids))}


_HEADS = Prepared(
    lambda ids: (
        ConversationHead.objects.select_for_update(of=("self",))
        .select_related(
            "conversation__channel",
            "conversation__customer",
            "conversation__visitor__customer",
            "inbox",
            "assignee",
        )
        .filter(conversation_id__any=ids)
        .order_by("conversation_id")
    )
)


def lock_head(conversation_id: int) -> ConversationHead:
    """Lock one head; raises ConversationHead.DoesNotExist."""
    heads = lock_heads([conversation_id])
    if conversation_id not in heads:
        raise ConversationHead.DoesNotExist
    return heads[conversation_id]


def lock_mode(inbox_id: int) -> bool:
    """Whether the inbox assigns; its mode cannot change before the caller's transaction ends (A-01)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT assignment_enabled FROM channels_app_inbox WHERE id = %s FOR SHARE", [inbox_id])
        return cursor.fetchone()[0]


def lock_channel(channel_id: int) -> Channel:
    """Lock a channel so that two requests never read the same line (M-44); take the conversation first."""
    return (
        Channel.objects.select_for_update(of=("self",), no_key=True)
        .select_related("company", "inbox")
        .get(pk=channel_id)
    )


def lock_offer(conversation_id: int) -> Offer | None:
    """Lock the pending offer of a conversation whose head is locked already."""
    return lock_offers([conversation_id]).get(conversation_id)


def lock_offers(conversation_ids: Iterable[int]) -> dict[int, Offer]:
    """Lock the pending offers of conversations whose heads are locked already: conversation id → offer."""
    ids = set(conversation_ids)
    if not ids:
        return {}
    offers = (
        Offer.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(conversation_id__in=ids, state=Offer.State.PENDING)
        .order_by("conversation_id")
    )
    return {offer.conversation_id: offer for offer in offers}
