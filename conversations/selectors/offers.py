"""Offers: who holds one, what a member is offered, and the ring log in plain words."""

from __future__ import annotations

from django.db.models import Prefetch, prefetch_related_objects

from channels_app.models import Channel
from conversations.models import Conversation, Offer
from events.prepared import Prepared

_OF_A_CARD = ("channel", "customer", "visitor__customer", "head__inbox")


def pending_offer(conversation_id: int) -> Offer | None:
    """The one offer that is under way (INV-04)."""
    return _PENDING.one(conversation_id)


def offers_to(user_id: int) -> list[Offer]:
    """What rings at this user now, soonest to expire first; one small query where nothing does."""
    offers = _RINGING.rows(user_id)
    if offers:
        prefetch_related_objects(offers, Prefetch("conversation", Conversation.objects.select_related(*_OF_A_CARD)))
    return offers


def ring_log(conversation: Conversation) -> list[Offer]:
    """Every offer of a conversation in order: offered when, to whom, with what end."""
    return _LOG.rows(conversation.pk)


_PENDING = Prepared(
    lambda pk: Offer.objects.select_related("user").filter(conversation_id=pk, state=Offer.State.PENDING)
)
_RINGING = Prepared(
    lambda user_id: Offer.objects.filter(user_id=user_id, state=Offer.State.PENDING).order_by("expires_at")
)
_LOG = Prepared(lambda pk: Offer.objects.select_related("user").filter(conversation_id=pk).order_by("id")[:200])


def offer_data(offer: Offer, conversation: Conversation) -> dict:
    """The frame of an offer, for its holder alone."""
    return {
        "offer": offer.pk,
        "c": str(conversation.public_id),
        "inbox": str(conversation.head.inbox.public_id),
        "channel": conversation.channel.name,
        "who": conversation.requester_label,
        "text": conversation.head.preview,
        "offered_at": offer.offered_at.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
        "seconds": round((offer.expires_at - offer.offered_at).total_seconds()),
    }


def holder_data(offer: Offer | None) -> dict | None:
    """Who holds the request, for managers' rows."""
    if offer is None:
        return None
    return {
        "id": str(offer.user.public_id),
        "name": offer.user.full_name,
        "expires_at": offer.expires_at.isoformat(),
    }


def recent_offers(channel: Channel, limit: int = 30) -> list[Offer]:
    """The newest offers of a channel, for its settings page; the right was checked with the channel."""
    offers = Offer.objects.select_related("user", "conversation").filter(conversation__channel=channel)
    return list(offers.order_by("-id")[:limit])
