"""conversation_for(viewer, id): the only way to get a conversation. Foreign and missing look alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.selectors import inboxes_for, managed_inboxes, role_in
from companies import roles
from companies.models import Membership
from conversations.models import Attachment, Conversation, ConversationHead, Participant
from conversations.selectors.peers import beginning_for
from conversations.selectors.requests import asked_by, asker_in, joined_by, requester_seat
from conversations.selectors.scope import ROW, SUBJECT, Standpoint, Statement, compiled, keys_of
from customers.models import Visitor
from events.prepared import Prepared

Viewer = Membership | Visitor
_WHOLE = ("company", "channel", "customer", "visitor", "about", "merged_into", "head", "head__inbox", "head__assignee")


def conversations_for(viewer: Viewer) -> QuerySet[Conversation]:
    """Every conversation the viewer may open (permission matrix: customer.read, internal.read, direct.read)."""
    rows = Conversation.objects.select_related(*_WHOLE)
    if isinstance(viewer, Visitor):
        return rows.filter(_own_of(viewer), kind=Conversation.Kind.CUSTOMER)
    if not isinstance(viewer, Membership):
        raise TypeError(f"{type(viewer).__name__} cannot view conversations")
    # Asked of each row: "id IN (all that I follow)" would read those of many years to open one of them.
    taking_part = Exists(
        Participant.objects.filter(conversation=OuterRef("pk"), user=viewer.user, following=True, left_at=None)
    )
    inboxes = inboxes_for(viewer).values("id")
    by_following = Q(taking_part)
    if not viewer.engagement_licence:  # without it nothing of an inbox is open, whoever follows it (G-33)
        by_following &= Q(head__inbox=None)
    return rows.filter(
        (Q(kind=Conversation.Kind.DIRECT) & Q(taking_part))
        | (
            Q(company=viewer.company, kind__in=[Conversation.Kind.CUSTOMER, Conversation.Kind.INTERNAL])
            & (Q(head__inbox__in=inboxes) | by_following)
        )
    )


def _own_of(visitor: Visitor) -> Q:
    """Begun in this browser; for a signed identity also the customer's others, and those the team has added them to;
    never what a mere claim began (N-19).
    """
    own = Q(visitor=visitor)
    if visitor.verified and visitor.customer_id:
        own |= Q(customer_id=visitor.customer_id) & (Q(visitor=None) | Q(visitor__verified=True))
        own |= Q(pk__in=joined_by(visitor))
    return own


def conversation_for(viewer: Viewer, public_id: UUID) -> Conversation:
    """One conversation with head, channel, inbox and people; raises Conversation.DoesNotExist."""
    if not isinstance(viewer, Membership):
        return conversations_for(viewer).get(public_id=public_id)
    found = _one(Standpoint.of(viewer)).rows(keys_of(viewer) | {ROW: public_id})
    conversation = _WITH_ALL.one(found[0][0]) if found else None
    if conversation is None:
        raise Conversation.DoesNotExist
    return conversation


_WITH_ALL = Prepared(lambda pk: Conversation.objects.select_related(*_WHOLE).filter(pk=pk))


@cache
def _one(standpoint: Standpoint) -> Statement:
    rows = conversations_for(standpoint.stand_in()).select_related(None)
    return compiled(rows.filter(public_id=ROW).values("pk"))


@cache
def _beside(standpoint: Standpoint) -> Statement:
    rows = conversations_for(standpoint.stand_in()).select_related(None)
    rows = rows.filter(about_id=SUBJECT, kind=Conversation.Kind.INTERNAL).order_by("pk")
    return compiled(rows.values_list("pk", "discussion", "public_id", "subject", "head__status"))


@dataclass(frozen=True)
class Discussion:
    """A further internal talk about a request, as its details list it (N-23)."""

    public_id: UUID
    subject: str
    status: str


@dataclass(frozen=True)
class Beside:
    """What lies beside a request and the member may read: the side conversation and the further discussions."""

    side: Conversation | None = None
    discussions: tuple[Discussion, ...] = ()


@dataclass(frozen=True)
class Reach:
    """How a member reaches a conversation: through `role` in its inbox, or ("user") by taking part only."""

    conversation_id: int
    kind: str
    inbox_id: int | None
    role: str


_BY_INBOX = frozenset({roles.TEAM, roles.MANAGER, roles.ADMIN})


def reach_of(member: Membership, public_id: UUID) -> Reach:
    """conversation_for() without the conversation, for what runs with every socket and every first message.

    Two small queries when a role in the inbox gives the right; else the whole selector decides. Raises
    Conversation.DoesNotExist.
    """
    head = (
        ConversationHead.objects.filter(conversation__public_id=public_id)
        .select_related("inbox")
        .only("kind", "inbox__company_id", "company_id")
        .first()
    )
    if head is not None and head.inbox is not None and head.company_id == member.company_id:
        role = role_in(member, head.inbox)
        if role in _BY_INBOX:
            return Reach(head.pk, head.kind, head.inbox_id, role)
    found = conversation_for(member, public_id)
    return Reach(found.pk, found.kind, found.head.inbox_id, roles.USER)


def side_id_for(member: Membership, reach: Reach) -> UUID | None:
    """The public id of the internal conversation beside a customer conversation, if the member may read it."""
    if reach.role in _BY_INBOX:
        beside = ConversationHead.objects.filter(
            conversation__about=reach.conversation_id,
            conversation__discussion=False,
            kind=Conversation.Kind.INTERNAL,
            inbox_id=reach.inbox_id,
        )
        return beside.values_list("conversation__public_id", flat=True).first()
    mine = conversations_for(member).filter(
        about=reach.conversation_id, kind=Conversation.Kind.INTERNAL, discussion=False
    )
    return mine.values_list("public_id", flat=True).first()


def conversations_of_visitor(visitor: Visitor) -> QuerySet[Conversation]:
    """The visitor's own ones, latest activity first (N-10)."""
    return conversations_for(visitor).order_by("-head__last_activity", "-id")


def side_conversation_for(member: Membership, conversation: Conversation) -> Conversation | None:
    """The internal conversation beside a customer conversation, if there is one and the member may read it."""
    return beside_for(member, conversation).side


def beside_for(member: Membership, conversation: Conversation) -> Beside:
    """The side conversation and the further discussions, as far as the member may read them; at most two statements."""
    found = _beside(Standpoint.of(member)).rows(keys_of(member) | {SUBJECT: conversation.pk})
    side = next((row[0] for row in found if not row[1]), None)
    return Beside(
        _SIDE.one(side) if side else None,
        tuple(Discussion(*row[2:]) for row in found if row[1]),
    )


_SIDE = Prepared(lambda pk: Conversation.objects.select_related("head__inbox").filter(pk=pk))


def role_for(member: Membership, conversation: Conversation) -> str:
    """The member's column of the permission matrix for this conversation."""
    return role_in(member, conversation.head.inbox)


def is_manager(member: Membership, conversation: Conversation) -> bool:
    """Whether the member manages the conversation's inbox."""
    return role_for(member, conversation) in {roles.MANAGER, roles.ADMIN}


def attachment_for(viewer: Viewer, public_id: UUID) -> Attachment:
    """A sent file of a conversation the viewer may open, looked up afresh at every fetch (S-41)."""
    rows = Attachment.objects.select_related("conversation__customer", "conversation__visitor", "message")
    found = rows.get(
        public_id=public_id,
        message__isnull=False,
        message__deleted_at=None,
        conversation__in=_readable(viewer),
    )
    if found.message.seq <= _beginning(viewer, found.conversation):
        raise Attachment.DoesNotExist
    return found


def _beginning(viewer: Viewer, conversation: Conversation) -> int:
    """The seq up to which nothing is the viewer's."""
    if isinstance(viewer, Visitor):
        return requester_seat(viewer, conversation) or 0
    if conversation.kind == Conversation.Kind.DIRECT:
        return beginning_for(viewer, conversation)[0]
    if not conversation.guest_count or conversations_for(viewer).filter(pk=conversation.pk).exists():
        return 0
    asker = asker_in(viewer.user_id, conversation)
    return asker.since_seq if asker else 0


def _readable(viewer: Viewer) -> QuerySet:
    own = conversations_for(viewer).order_by().values("pk")
    if isinstance(viewer, Visitor):
        return own
    return own.union(asked_by(viewer.user_id).values("pk"))


def managed_inbox_ids(member: Membership) -> set[int]:
    """Primary keys of the inboxes whose ringing requests the member may watch."""
    return set(managed_inboxes(member).values_list("id", flat=True))
