"""Requests that a user made of a company, as the one who asks: never what the served company keeps to itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from channels_app.models import Channel
from companies.models import Membership
from conversations.models import Conversation, ConversationHead
from customers.models import Customer


@dataclass(frozen=True)
class Asker:
    """A viewer who reads a request as its customer."""

    customer: Customer


def asked_by(user_id: int) -> QuerySet[Conversation]:
    """Conversations with a company in which the user is the customer; not what a mere claim in a chat began (N-19)."""
    return Conversation.objects.filter(
        Q(visitor=None) | Q(visitor__verified=True), kind=Conversation.Kind.CUSTOMER, customer__user_id=user_id
    )


def asks_in(user_id: int | None, conversation: Conversation) -> bool:
    """Whether this user is the one who asks in the conversation, which comes with customer and visitor."""
    customer, visitor = conversation.customer, conversation.visitor
    if user_id is None or customer is None or customer.user_id != user_id:
        return False
    return conversation.kind == Conversation.Kind.CUSTOMER and (visitor is None or visitor.verified)


def request_for(member: Membership, public_id: UUID) -> Conversation:
    """One's own request with head, channel, company and answering person; raises Conversation.DoesNotExist."""
    rows = asked_by(member.user_id).select_related(
        "company", "channel__company", "customer", "visitor", "head__inbox", "head__assignee"
    )
    return rows.get(public_id=public_id)


def open_channels(member: Membership) -> QuerySet[Channel]:
    """The channels that the member may ask: listed, not paused, of a listed company or their own.

    Closed hours hide nothing: the request waits, as a visitor's does (M-30, M-41).
    """
    return (
        Channel.objects.select_related("company", "inbox")
        .filter(listed=True, state=Channel.State.ACTIVE, company__suspended_at=None, company__package__isnull=False)
        .filter(Q(company__listed=True) | Q(company=member.company_id))
    )


def open_channel(member: Membership, public_id: UUID) -> Channel:
    """One of them; raises Channel.DoesNotExist for hidden, paused and missing ones alike."""
    return open_channels(member).get(public_id=public_id)


def asked_row(conversation: Conversation, head: ConversationHead) -> dict:
    """The list row of a request for the one who asks: the company, its channel, the last words; nothing else."""
    company, customer = conversation.company, conversation.customer
    mine = head.preview_author == customer.label
    return {
        "c": str(conversation.public_id),
        "about": None,
        "kind": "request",
        "number": conversation.number,
        "inbox": None,
        "who": company.name,
        "who_id": str(company.public_id),
        "face": {"name": company.name, "id": str(company.public_id)},
        "known": True,
        "subject": conversation.subject,
        "channel": conversation.channel.name if conversation.channel else "",
        "origin": conversation.origin,
        "preview": head.preview,
        "preview_author": customer.name if mine else head.preview_author,
        "at": head.last_activity.isoformat(),
        "seq": head.last_seq,
        "status": head.status,
        "routing": "",
        "assignee": None,
        "holder": None,
        "archived": False,
        "muted": False,
    }
