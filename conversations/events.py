"""What happened in a conversation: one function per event, each writes its row and queues its frames."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from channels_app.models import Inbox
from channels_app.selectors import next_opening
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Later, Message, Offer
from conversations.selectors.labels import tags_of
from conversations.selectors.offers import holder_data, offer_data
from conversations.selectors.peers import joined_later, others, people_of
from conversations.selectors.requests import Asker, asked_row, asks_in, guest_seats
from conversations.selectors.rows import row_data
from customers.models import Customer
from events import groups
from events.models import Event
from events.publish import publish, whisper
from events.record import event, record

SILENT = {ConversationHead.Routing.RINGING, ConversationHead.Routing.WAITING}


def message_posted(
    conversation: Conversation, head: ConversationHead, message: Message, author: Author, data: dict, *, fresh: bool
) -> Event:
    """Frames of a message to its audiences; returns the event row for a bulk insert.

    An internal conversation has no requester group: nothing internal can travel there (INV-02).
    """
    publish(groups.conversation_team(conversation.public_id), "message", data)
    if head.kind == Conversation.Kind.CUSTOMER:
        publish(groups.conversation_requester(conversation.public_id), "message", data)
    elif head.kind == Conversation.Kind.INTERNAL:  # its rows have no frame: others hear of it by their notice
        publish(groups.member(author.public_id), "wrote", {"c": str(conversation.public_id)})
    return event(
        "message.posted",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by=author.key,
        now=message.created_at,
        seq=message.seq,
        author=author.key,
        automatic=message.is_automatic,
        fresh=fresh,
        mentions=[mention.user_id for mention in message.named],
    )


def message_changed(conversation: Conversation, data: dict) -> None:
    """The frame of a message again, to the same audiences: the same seq, so whoever has it replaces it.

    Where somebody hears the conversation who joined after that message, the frame says no more than that there is
    something to fetch, and each gets what is theirs (N-03).
    """
    outside = conversation.kind == Conversation.Kind.CUSTOMER
    if joined_later(conversation.pk, data["seq"]):
        what = {"c": str(conversation.public_id)}
        publish(groups.conversation_team(conversation.public_id), "changed", what)
        if outside:
            publish(groups.conversation_requester(conversation.public_id), "changed", what)
        return
    publish(groups.conversation_team(conversation.public_id), "message", data)
    if outside:
        publish(groups.conversation_requester(conversation.public_id), "message", data)


def message_edited(
    conversation: Conversation, message: Message, *, by: Author, mentions: list[int], now: datetime
) -> None:
    """Its author changed the text; `mentions`: users that it names for the first time."""
    record(
        "message.edited",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by=by.key,
        now=now,
        seq=message.seq,
        author=by.key,
        mentions=mentions,
    )


def message_deleted(conversation: Conversation, message: Message, *, by: Author, now: datetime) -> None:
    """Its author took it back."""
    record(
        "message.deleted",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by=by.key,
        now=now,
        seq=message.seq,
        author=by.key,
    )


def tags_changed(
    conversation: Conversation, head: ConversationHead, *, company_id: int, offer: Offer | None = None
) -> None:
    """This company's tags of a conversation changed: its people see it in their rows and open threads."""
    thread_changed(conversation)
    row_changed(conversation, head, offer=offer, tagged_by=company_id)


def row_changed(
    conversation: Conversation, head: ConversationHead, *, offer: Offer | None = None, tagged_by: int | None = None
) -> None:
    """Frame the list row to those who may see it: while it rings or waits only the holder and the managers (M-39).

    `tagged_by`: the company whose tags the row brings, to its people alone; else a page keeps those that it shows.
    """
    tags = tags_of(tagged_by, [conversation.pk]).get(conversation.pk, []) if tagged_by else None
    if head.inbox is None:
        people = people_of([conversation.pk]).get(conversation.pk, [])
        for peer in people:
            own = tags if peer.company_id == tagged_by else None
            data = row_data(conversation, head, peers=others(people, peer.user.pk), seat=peer, tags=own)
            publish(groups.member(peer.user.public_id), "row", data)
        return
    if head.kind != Conversation.Kind.CUSTOMER:
        return
    _row_of_asker(conversation, head)
    own = tags if conversation.company_id == tagged_by else None
    data = row_data(conversation, head, holder=holder_data(offer), tags=own)
    if head.routing in SILENT and head.status == head.Status.OPEN:
        publish(groups.inbox_managers(head.inbox.public_id), "row", data)
        if offer is not None:
            publish(groups.member(offer.user.public_id), "row", data)
        return
    publish(groups.inbox(head.inbox.public_id), "row", data)


def _row_of_asker(conversation: Conversation, head: ConversationHead) -> None:
    """A user who asked has the request in their own list, with nothing of the team's."""
    customer = conversation.customer
    if customer is not None and customer.user_id and asks_in(customer.user_id, conversation):
        publish(groups.member(customer.user.public_id), "row", asked_row(conversation, head))
    if conversation.guest_count:
        seats = guest_seats().filter(conversation=conversation, customer__user__isnull=False)
        for seat in seats.select_related("customer__user"):
            row = asked_row(conversation, head, Asker(seat.customer, seat.since_seq))
            publish(groups.member(seat.customer.user.public_id), "row", row)


def row_hidden(conversation: Conversation, head: ConversationHead) -> None:
    """The row leaves everybody's list (it rings again); the holder and the managers get it anew by row_changed()."""
    publish(groups.inbox(head.inbox.public_id), "row_hidden", {"c": str(conversation.public_id)})


def row_left(conversation: Conversation, inbox: Inbox) -> None:
    """The row leaves the lists of an inbox: it stands in another one now. Open threads look at their rights again."""
    publish(groups.inbox(inbox.public_id), "row_hidden", {"c": str(conversation.public_id)})


def sight_changed(conversation: Conversation) -> None:
    """Who may read it changed: every socket that has the thread open looks at its rights at once."""
    publish(groups.conversation_team(conversation.public_id), "rights", {"c": str(conversation.public_id)})


def guest_changed(conversation: Conversation, customer: Customer) -> None:
    """A customer takes part, or no longer: their widgets and pages look again at what is theirs."""
    what = {"c": str(conversation.public_id)}
    for visitor in customer.visitors.filter(verified=True):
        publish(groups.visitor(visitor.public_id), "rights", what)
    if customer.user_id:
        publish(groups.member(customer.user.public_id), "rights", what)


def row_gone(conversation: Conversation, user: User) -> None:
    """The user takes part no longer: the row leaves their list and an open thread of it closes."""
    publish(groups.member(user.public_id), "row_hidden", {"c": str(conversation.public_id)})


def answering(conversation_id: UUID, who: dict) -> None:
    """Whisper to those whose lists show the row that a colleague writes an answer; nothing is stored."""
    head = (
        ConversationHead.objects.filter(conversation__public_id=conversation_id, kind=Conversation.Kind.CUSTOMER)
        .select_related("inbox")
        .only("routing", "status", "inbox__public_id")
        .first()
    )
    if head is None or head.inbox is None:
        return
    silent = head.routing in SILENT and head.status == head.Status.OPEN
    group = (groups.inbox_managers if silent else groups.inbox)(head.inbox.public_id)
    whisper(group, "answering", {"c": str(conversation_id), "who": who})


def thread_changed(conversation: Conversation) -> None:
    """Tell the team's open threads to fetch their header and composer; nothing for the requester."""
    publish(groups.conversation_team(conversation.public_id), "state", {"c": str(conversation.public_id)})


def state_changed(conversation: Conversation, head: ConversationHead, *, now: datetime) -> None:
    """Tell open threads to fetch their header and composer, and the requester who answers."""
    thread_changed(conversation)
    if head.kind == Conversation.Kind.CUSTOMER:
        publish(
            groups.conversation_requester(conversation.public_id),
            "state",
            requester_state(conversation, head, now=now),
        )


def requester_state(conversation: Conversation, head: ConversationHead, *, now: datetime) -> dict:
    """What the requester may know of the state: looking, waiting until, who answers, closed."""
    holder = None
    if head.routing == head.Routing.ASSIGNED and head.assignee:
        author = Author.of_user(head.assignee)
        holder = {
            "id": author.public_id,
            "name": author.name,
            "avatar": author.avatar,
            "initials": head.assignee.initials,
        }
    names = {"ringing": "looking", "unclaimed": "nobody", "assigned": "answered", "open": "open", "waiting": "waiting"}
    routing = names.get(head.routing, "open")
    if routing == "nobody" and not (conversation.channel and conversation.channel.ring_enabled):
        routing = "looking"  # nobody was asked in turn: everybody was told (N-53)
    back_at = next_opening(conversation.channel, now) if routing == "waiting" and conversation.channel else None
    return {
        "c": str(conversation.public_id),
        "status": head.status,
        "routing": routing,
        "holder": holder,
        "back_at": back_at.isoformat() if back_at else None,
        "others": conversation.guest_count,
    }


def draft_changed(user: User, data: dict) -> None:
    """The user's other tabs and devices show the same sheet; nobody else hears of it."""
    publish(groups.member(user.public_id), "draft", data)


def message_returned(conversation: Conversation, later: Later, *, now: datetime) -> None:
    """A message that waited could not be sent: its author reads why, on whatever page they are, and finds a notice."""
    data = {"c": str(conversation.public_id), "id": str(later.client_id), "kind": later.kind, "why": later.why}
    publish(groups.member(later.user.public_id), "returned", data)
    company_id = conversation.company_id
    record(
        "message.returned", subject_id=conversation.pk, company_id=company_id, by="system", now=now, user=later.user_id
    )


def offer_started(conversation: Conversation, offer: Offer) -> None:
    """The holder's browser rings; nobody else's does (M-35)."""
    publish(groups.member(offer.user.public_id), "offer", offer_data(offer, conversation))
    record(
        "offer.started",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by="system",
        now=offer.offered_at,
        offer=offer.pk,
        user=offer.user_id,
        seq=conversation.head.last_seq,
    )


def offer_ended(conversation: Conversation, offer: Offer) -> None:
    """The former holder's alert goes away within 2 s (M-38)."""
    publish(
        groups.member(offer.user.public_id),
        "offer_ended",
        {"offer": offer.pk, "c": str(conversation.public_id), "state": offer.state},
    )
    record(
        "offer.ended",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by="system",
        now=offer.ended_at,
        offer=offer.pk,
        user=offer.user_id,
        state=offer.state,
    )


def history(kind: str, conversation: Conversation, *, by: Author, now: datetime, **data: object) -> None:
    """A row of the conversation's history (assigned, closed, reopened …)."""
    record(kind, subject_id=conversation.pk, company_id=conversation.company_id, by=by.key, now=now, **data)


def mail_undelivered(conversation: Conversation, *, notice_id: int, now: datetime) -> None:
    """A mail with messages of the team did not arrive; `conversation` is where the team reads so."""
    record(
        "conversation.undelivered",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by="system",
        now=now,
        notice=notice_id,
    )
