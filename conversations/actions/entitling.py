"""May this author write here now? Asked under the lock of the head, for every message that is stored."""

from __future__ import annotations

from datetime import datetime

from companies import roles
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import NotAllowed
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Offer, Participant
from conversations.selectors.peers import why_silent
from conversations.selectors.requests import requester_seat
from customers.models import Customer, Visitor


def require_right(
    author: Author, role: str, head: ConversationHead, *, offers: dict[int, Offer], may_post: bool
) -> None:
    """The rule of the permission matrix, under the lock. Raises NotAllowed.

    `role` is the author's column of the matrix, `may_post` their named right; the holder of the pending offer
    (`offers`: conversation id → offer) may answer, which accepts it (accept_by_answer()).
    """
    if not author.is_team:
        if author.is_requester:
            _require_seat(author, head)
        return
    if head.kind == Conversation.Kind.DIRECT:
        if why := why_silent(head.pk, author.id):
            raise NotAllowed(why)
        return
    if head.kind == Conversation.Kind.INTERNAL:
        if not roles.allowed(role, "internal.write", own=_takes_part(author, role, head)):
            raise NotAllowed("internal.write")
        return
    if head.routing == head.Routing.OPEN:
        if not roles.allowed(role, "customer.answer.open", switch=may_post):
            raise NotAllowed("customer.answer.open")
        return
    offer = offers.get(head.pk)
    holds = offer is not None and offer.user_id == author.id
    mine = head.assignee_id == author.id or holds
    if not roles.allowed(role, "customer.answer.assigned", assigned=mine):
        raise NotAllowed(ringing.whereabouts(head, offer))


def accept_by_answer(author: Author, head: ConversationHead, *, offers: dict[int, Offer], now: datetime) -> None:
    """The holder's first reply accepts the offer (M-36); it leaves `offers`. For a message that nothing holds back."""
    offer = offers.get(head.pk)
    if offer is not None and author.is_team and offer.user_id == author.id:
        ringing.accept_locked(head, offers.pop(head.pk), now=now)
        events.state_changed(head.conversation, head, now=now)


def _takes_part(author: Author, role: str, head: ConversationHead) -> bool:
    """Asked only of who has no role in the inbox: were they removed a moment ago?"""
    if role != roles.USER:
        return True
    places = {head.pk, head.conversation.about_id} - {None}
    rows = Participant.objects.filter(conversation_id__in=places, user=author.id, following=True, left_at=None)
    return rows.exists()


def _require_seat(author: Author, head: ConversationHead) -> None:
    """Whoever was removed a moment ago, or never asked here, is refused under the lock, too."""
    if head.kind != Conversation.Kind.CUSTOMER:
        raise NotAllowed("internal.write")
    conversation = head.conversation
    if author.id == (conversation.visitor_id if author.kind == "visitor" else conversation.customer_id):
        return
    person = (Visitor if author.kind == "visitor" else Customer).objects.filter(pk=author.id).first()
    if person is None or requester_seat(person, conversation) is None:
        raise NotAllowed("left")
