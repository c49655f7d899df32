"""Requests that a user made of a company, as the one who asks: never what the served company keeps to itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from channels_app.models import Channel
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Participant
from customers.models import Customer, Visitor


@dataclass(frozen=True)
class Asker:
    """A viewer who reads a request as its customer; what stood there up to `since_seq` is not theirs."""

    customer: Customer
    since_seq: int = 0


def guest_seats() -> QuerySet[Participant]:
    """The customers who take part beside the one who asks, as the team has added them (N-03)."""
    return Participant.objects.filter(guest=True, left_at=None)


def asked_by(user_id: int) -> QuerySet[Conversation]:
    """Conversations with a company in which the user is a customer: the one who asks, or one whom the team has added;
    not what a mere claim in a chat began (N-19).
    """
    mine = Conversation.objects.filter(
        Q(visitor=None) | Q(visitor__verified=True), kind=Conversation.Kind.CUSTOMER, customer__user_id=user_id
    )
    joined = guest_seats().filter(customer__user_id=user_id).values("conversation_id")
    return Conversation.objects.filter(pk__in=mine.order_by().values("pk").union(joined, all=True))


def asks_in(user_id: int | None, conversation: Conversation) -> bool:
    """Whether this user is the one who asks in the conversation, which comes with customer and visitor."""
    customer, visitor = conversation.customer, conversation.visitor
    if user_id is None or customer is None or customer.user_id != user_id:
        return False
    return conversation.kind == Conversation.Kind.CUSTOMER and (visitor is None or visitor.verified)


def asker_in(user_id: int | None, conversation: Conversation) -> Asker | None:
    """As whom this user reads the request: as the one who asks, or as a guest; None when as neither."""
    if asks_in(user_id, conversation):
        return Asker(conversation.customer)
    if user_id is None or not conversation.guest_count:
        return None
    seat = guest_seats().select_related("customer").filter(conversation=conversation, customer__user_id=user_id)
    found = seat.first()
    return Asker(found.customer, found.since_seq) if found else None


def asker_among(user_id: int, conversations: Sequence[Conversation]) -> dict[int, Asker]:
    """Those of the conversations (primary keys) that the user reads as a customer; a query only where guests are."""
    found = {one.pk: Asker(one.customer) for one in conversations if asks_in(user_id, one)}
    several = [one.pk for one in conversations if one.guest_count and one.pk not in found]
    if several:
        seats = guest_seats().filter(conversation_id__in=several, customer__user_id=user_id).select_related("customer")
        found |= {seat.conversation_id: Asker(seat.customer, seat.since_seq) for seat in seats}
    return found


def guests_of(conversation: Conversation) -> list[Customer]:
    """The customers who take part beside the one who asks, in the order in which they came; no query for none."""
    if not conversation.guest_count:
        return []
    return [seat.customer for seat in guest_seats().filter(conversation=conversation).select_related("customer")]


def requester_seat(person: Customer | Visitor, conversation: Conversation) -> int | None:
    """The seq from which on this outside person reads the request (0: everything); None when it is not theirs.

    The one rule of whose a request is: the browser that began it, the customer who asks (for a visitor: by a signed
    identity), and the customers whom the team has added.
    """
    customer_id = _identity_of(person)
    if isinstance(person, Visitor) and conversation.visitor_id == person.pk:
        return 0
    if customer_id is None or conversation.kind != Conversation.Kind.CUSTOMER:
        return None
    if conversation.customer_id == customer_id and (isinstance(person, Customer) or _is_proved(conversation)):
        return 0
    if not conversation.guest_count:
        return None
    seats = guest_seats().filter(conversation=conversation, customer=customer_id)
    return seats.values_list("since_seq", flat=True).first()


def _identity_of(person: Customer | Visitor) -> int | None:
    """The customer as whom an outside person is known: a visitor only by a signed identity (N-19)."""
    if isinstance(person, Customer):
        return person.pk
    return person.customer_id if person.verified else None


def _is_proved(conversation: Conversation) -> bool:
    return conversation.visitor is None or conversation.visitor.verified


def joined_by(visitor: Visitor) -> list[int]:
    """Requests in which the visitor, known by a signed identity, takes part as a guest (primary keys)."""
    customer_id = _identity_of(visitor)
    if customer_id is None:
        return []
    return list(guest_seats().filter(customer=customer_id).values_list("conversation_id", flat=True))


def request_for(member: Membership, public_id: UUID) -> Conversation:
    """One's own request with head, channel, company and answering person; raises Conversation.DoesNotExist."""
    rows = asked_by(member.user_id).select_related(
        "company", "channel__company", "customer", "visitor", "merged_into", "head__inbox", "head__assignee"
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


def asked_row(conversation: Conversation, head: ConversationHead, asker: Asker | None = None) -> dict:
    """The list row of a request for the one who asks: the company, its channel, the last words; nothing else."""
    company, customer = conversation.company, asker.customer if asker else conversation.customer
    mine = head.preview_author == customer.label
    before_me = asker is not None and asker.since_seq >= head.last_seq
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
        "preview": "" if before_me else head.preview,
        "preview_author": "" if before_me else customer.name if mine else head.preview_author,
        "at": head.last_activity.isoformat(),
        "seq": head.last_seq,
        "status": head.status,
        "routing": "",
        "assignee": None,
        "holder": None,
        "archived": False,
        "muted": False,
        "snoozed": "",
    }
