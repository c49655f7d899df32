"""What the tests of the ring ask and do, with the clock passed in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import ConversationHead, Offer
from tests.cast import NOW


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def head_of(conversation) -> ConversationHead:
    return ConversationHead.objects.select_related("assignee", "inbox").get(pk=conversation.pk)


def holder_of(conversation):
    """Who holds the offer now; None when nobody does."""
    offer = Offer.objects.filter(conversation=conversation, state="pending").select_related("user").first()
    return offer.user if offer else None


def answer(conversation, user, *, now, role="team_member", body="Gladly.", **fields):
    return post_message(
        conversation,
        author=Author.of_user(user),
        body=body,
        client_id=fields.pop("client_id", None) or uuid.uuid4(),
        via=fields.pop("via", "app"),
        role=role,
        may_post=True,
        now=now,
        **fields,
    )
