"""What is written before it is searched for."""

from __future__ import annotations

import uuid

from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Offer
from tests.cast import NOW


def answer(conversation, user, body="Yes"):
    """A colleague's answer, whoever it rings at."""
    Offer.objects.filter(conversation=conversation, state="pending").update(state="withdrawn", ended_at=NOW)
    ConversationHead.objects.filter(pk=conversation.pk, assignee=None).update(routing="open")
    ids = {"client_id": uuid.uuid4(), "via": "app", "now": NOW}
    return post_message(conversation, author=Author.of_user(user), body=body, role="team_member", may_post=True, **ids)


def note(conversation, member, body):
    """An internal line beside the conversation."""
    side = side_conversation(conversation, member=member, now=NOW)
    ids = {"client_id": uuid.uuid4(), "via": "app", "now": NOW}
    post_message(side, author=Author.of_user(member.user), body=body, role="team_member", **ids)
    return side
