"""conversation_for(viewer, id): the only way to get a conversation. Foreign and missing look alike."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from channels_app.selectors import inboxes_for, managed_inboxes, role_in
from companies import roles
from companies.models import Membership
from conversations.models import Attachment, Conversation
from customers.models import Visitor

Viewer = Membership | Visitor


def conversations_for(viewer: Viewer) -> QuerySet[Conversation]:
    """Every conversation the viewer may open (permission matrix: customer.read, internal.read, direct.read)."""
    rows = Conversation.objects.select_related(
        "company", "channel", "customer", "visitor", "about", "head", "head__inbox", "head__assignee"
    )
    if isinstance(viewer, Visitor):
        return rows.filter(_own_of(viewer), kind=Conversation.Kind.CUSTOMER)
    if not isinstance(viewer, Membership):
        raise TypeError(f"{type(viewer).__name__} cannot view conversations")
    taking_part = Conversation.objects.filter(
        participants__user=viewer.user, participants__following=True, participants__left_at=None
    ).values("id")
    inboxes = inboxes_for(viewer).values("id")
    return rows.filter(
        Q(kind=Conversation.Kind.DIRECT, id__in=taking_part)
        | (
            Q(company=viewer.company, kind__in=[Conversation.Kind.CUSTOMER, Conversation.Kind.INTERNAL])
            & (Q(head__inbox__in=inboxes) | Q(id__in=taking_part))
        )
    )


def _own_of(visitor: Visitor) -> Q:
    """Begun in this browser; for a signed identity also the customer's others, never what a mere claim began (N-19)."""
    own = Q(visitor=visitor)
    if visitor.verified and visitor.customer_id:
        own |= Q(customer_id=visitor.customer_id) & (Q(visitor=None) | Q(visitor__verified=True))
    return own


def conversation_for(viewer: Viewer, public_id: UUID) -> Conversation:
    """One conversation with head, channel, inbox and people; raises Conversation.DoesNotExist."""
    return conversations_for(viewer).get(public_id=public_id)


def conversations_of_visitor(visitor: Visitor) -> QuerySet[Conversation]:
    """The visitor's own ones, latest activity first (N-10)."""
    return conversations_for(visitor).order_by("-head__last_activity", "-id")


def side_conversation_for(member: Membership, conversation: Conversation) -> Conversation | None:
    """The internal conversation beside a customer conversation, if there is one and the member may read it."""
    return conversations_for(member).filter(about=conversation, kind=Conversation.Kind.INTERNAL).first()


def role_for(member: Membership, conversation: Conversation) -> str:
    """The member's column of the permission matrix for this conversation."""
    return role_in(member, conversation.head.inbox)


def is_manager(member: Membership, conversation: Conversation) -> bool:
    """Whether the member manages the conversation's inbox."""
    return role_for(member, conversation) in {roles.MANAGER, roles.ADMIN}


def attachment_for(viewer: Viewer, public_id: UUID) -> Attachment:
    """A sent file of a conversation the viewer may open, looked up afresh at every fetch (S-41)."""
    return Attachment.objects.select_related("conversation", "message").get(
        public_id=public_id,
        message__isnull=False,
        message__deleted_at=None,
        conversation__in=conversations_for(viewer).order_by(),
    )


def managed_inbox_ids(member: Membership) -> set[int]:
    """Primary keys of the inboxes whose ringing requests the member may watch."""
    return set(managed_inboxes(member).values_list("id", flat=True))
