"""Who can be named in a conversation: those who may read it, and nobody in what customers read."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from channels_app.selectors import people_of_inbox
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Participant


def mentionable(head: ConversationHead) -> list[User]:
    """The readers of an internal or direct conversation by name; nobody for one with a customer. One or two queries.

    Internal: who works in the inbox, and colleagues with a licence who follow it.
    """
    parts = Participant.objects.filter(conversation_id=head.pk, following=True, left_at=None, user__isnull=False)
    if head.kind == Conversation.Kind.CUSTOMER:
        return []
    if head.kind == Conversation.Kind.DIRECT:
        seats = parts.filter(user__is_active=True).select_related("user")
        return [seat.user for seat in seats.order_by("user__first_name", "user__last_name", "id")]
    working = people_of_inbox(head.inbox) if head.inbox else Membership.objects.none()
    licensed = Membership.objects.filter(
        company_id=head.company_id, state=Membership.State.ACTIVE, engagement_licence=True, user__is_active=True
    )
    readers = licensed.filter(Q(pk__in=working.order_by().values("pk")) | Q(user_id__in=parts.values("user_id")))
    rows = readers.select_related("user").order_by("user__first_name", "user__last_name", "id")
    return [member.user for member in rows]


def readers_inside(conversation: Conversation, side: Conversation | None) -> list[User]:
    """Who can be named where no customer reads: beside a request, in an internal conversation, in a direct one."""
    if conversation.kind != Conversation.Kind.CUSTOMER:
        return mentionable(conversation.head)
    if side is not None:
        return mentionable(side.head)
    rows = people_of_inbox(conversation.head.inbox).filter(user__is_active=True)
    return [member.user for member in rows]
