"""Who takes part: colleagues and further customers, added and removed by the team, each with a line (N-03)."""

from __future__ import annotations

from datetime import datetime

from companies import roles
from companies.models import Membership
from companies.selectors import active_memberships
from conversations import events
from conversations.actions import following
from conversations.actions.locking import Conflict, NotAllowed, lock_head
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.merged import everything_in
from conversations.selectors.requests import guest_seats
from customers.models import Customer
from events.publish import unit

MOST_GUESTS = 10


def _lock(conversation: Conversation, role: str) -> ConversationHead:
    """The head, when `role` may say who takes part. Raises NotAllowed, Conflict (direct, locked, merged)."""
    head = lock_head(conversation.pk)
    if head.kind == Conversation.Kind.DIRECT:
        raise Conflict("no_following")
    if not roles.allowed(role, "conversation.people"):
        raise NotAllowed("conversation.people")
    if head.status == head.Status.LOCKED:
        raise Conflict("locked")
    if head.conversation.merged_into_id is not None:
        raise Conflict("merged")
    return head


def add_colleague(conversation: Conversation, *, person: Membership, by: Membership, role: str, now: datetime) -> None:
    """A colleague takes part; without a role in the inbox they see this one alone. Once more is no error.

    `person` comes from colleague(by, …). Raises Conflict, NotAllowed (no right, no licence).
    """
    with unit():
        head = _lock(conversation, role)
        if person.company_id != head.company_id or not person.engagement_licence:
            raise NotAllowed("no_licence")
        known = Participant.objects.filter(
            conversation_id=head.pk, user=person.user_id, following=True, left_at=None
        ).exists()
        if known:
            return
        following.join(head, person, now=now)
        author = Author.of_user(by.user)
        events.history("conversation.joined", head.conversation, by=author, now=now, user=person.user_id)
        events.thread_changed(head.conversation)


def remove_colleague(
    conversation: Conversation, *, person: Membership, by: Membership, role: str, now: datetime
) -> None:
    """They take part no longer, nor in what was merged into it: pages and sockets close unless a role in the inbox
    opens it. Raises Conflict (who holds it), NotAllowed.
    """
    with unit():
        head = _lock(conversation, role)
        if head.assignee_id == person.user_id:
            raise Conflict("is_assignee")
        places = following.with_side(*everything_in(head.pk))
        here = Participant.objects.filter(conversation_id__in=places, user=person.user_id, following=True, left_at=None)
        if not here.exists():
            return
        following.part(head, person, gone_at=now)
        author = Author.of_user(by.user)
        events.history("conversation.removed", head.conversation, by=author, now=now, user=person.user_id)
        events.thread_changed(head.conversation)


def add_customer(conversation: Conversation, *, customer: Customer, by: Membership, role: str, now: datetime) -> None:
    """One more customer reads and writes in the request: what comes from now on, nothing from before.

    The customer is of the member's company. Raises Conflict (locked, merged, too many), NotAllowed (no right; no
    request; a colleague, who is added as one).
    """
    with unit():
        head = _lock(conversation, role)
        if head.kind != Conversation.Kind.CUSTOMER or customer.company_id != head.company_id:
            raise NotAllowed("no_customers")
        if customer.user_id and active_memberships().filter(user=customer.user_id, company=head.company_id).exists():
            raise NotAllowed("is_colleague")
        here = set(guest_seats().filter(conversation_id=head.pk).values_list("customer_id", flat=True))
        if customer.pk in here or customer.pk == head.conversation.customer_id:
            return
        if len(here) >= MOST_GUESTS:
            raise Conflict("too_many_people")
        _seat(head, customer, now)
        _count(head)
        author = Author.of_user(by.user)
        events.history("conversation.guest_joined", head.conversation, by=author, now=now, customer=customer.pk)
        _tell(head, customer, now)


def _seat(head: ConversationHead, customer: Customer, now: datetime) -> None:
    Participant.objects.bulk_create(
        [
            Participant(
                conversation_id=head.pk,
                customer=customer,
                side=Participant.Side.REQUESTER,
                guest=True,
                following=True,
                joined_at=now,
                since_seq=head.last_seq,
                last_read_seq=head.last_seq,
            )
        ],
        update_conflicts=True,
        unique_fields=["conversation", "customer"],
        update_fields=["side", "guest", "following", "joined_at", "left_at", "since_seq", "last_read_seq"],
    )


def remove_customer(
    conversation: Conversation, *, customer: Customer, by: Membership, role: str, now: datetime
) -> None:
    """The customer's pages, sockets, files and reply addresses of it and of what was merged into it close at once.

    Raises Conflict, NotAllowed.
    """
    with unit():
        head = _lock(conversation, role)
        # What was merged into it changes under its lock alone: it takes no write of its own any more.
        here = guest_seats().filter(conversation_id__in=everything_in(head.pk), customer=customer)
        left = list(here.values_list("conversation_id", flat=True))
        if not here.update(left_at=now, following=False):
            return
        author = Author.of_user(by.user)
        events.history("conversation.guest_left", head.conversation, by=author, now=now, customer=customer.pk)
        people = ("head__inbox", "head__assignee", "channel", "customer", "visitor__customer")
        for one in Conversation.objects.filter(pk__in=left).select_related(*people).order_by("pk"):
            _count(one.head)
            _tell(one.head, customer, now)


def _count(head: ConversationHead) -> None:
    head.conversation.guest_count = guest_seats().filter(conversation_id=head.pk).count()
    head.conversation.save(update_fields=["guest_count"])


def _tell(head: ConversationHead, customer: Customer, now: datetime) -> None:
    events.guest_changed(head.conversation, customer)
    events.row_changed(head.conversation, head)
    events.state_changed(head.conversation, head, now=now)
