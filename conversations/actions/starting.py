"""A new conversation with its first message; a repeated start makes one (design.md §5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F

from accounts.models import User
from channels_app.models import Channel, Inbox
from channels_app.selectors import default_inbox, users_of_inboxes
from companies.actions.members import bump_rights
from companies.models import Company, Membership
from conversations import events
from conversations.actions import ringing
from conversations.actions.directs import MAX_PEOPLE
from conversations.actions.locking import Conflict, NotAllowed, lock_head, lock_numbers
from conversations.actions.posting import Posted, post_message
from conversations.authors import Author
from conversations.markup import preview_of
from conversations.models import Conversation, ConversationHead, Message, Participant
from conversations.selectors.peers import block_between
from customers.models import Customer, Visitor
from events.publish import unit

_SUBJECT = 80


def subject_from(body: str) -> str:
    """A conversation's name when nobody gave one: the first line, cut at a word."""
    line = " ".join(body.strip().split("\n", 1)[0].split())
    if len(line) <= _SUBJECT:
        return line
    return line[:_SUBJECT].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def start_conversation(
    *,
    company: Company,
    channel: Channel | None,
    author: Author,
    body: str,
    client_id: UUID,
    start_id: UUID,
    origin: str,
    now: datetime,
    subject: str = "",
    customer: Customer | None = None,
    visitor: Visitor | None = None,
    attachments: tuple[UUID, ...] = (),
    follow_up_of: Conversation | None = None,
) -> tuple[Conversation, Message]:
    """A request of a customer or visitor. The same `start_id` of the same requester returns the same conversation.

    Raises BadMessage and ClientIdTaken of the first message; nothing is stored then.
    """
    with unit():
        company = lock_numbers(company)
        before = _started_before(visitor, customer, start_id)
        if before is None:
            before = _create(
                company, channel, customer, visitor, start_id, origin, subject or subject_from(body), now, follow_up_of
            )
            is_new = True
        else:
            is_new = False
        if is_new:
            head = lock_head(before.pk)
            head.preview = preview_of(body)  # the offer's frame quotes it; the message below stores it
            ringing.begin(head, now=now)
        posted: Posted = post_message(
            before,
            author=author,
            body=body,
            client_id=client_id,
            via=origin if origin in Message.Via.values else Message.Via.APP,
            attachments=attachments,
            now=now,
        )
        if is_new:
            events.history("conversation.started", before, by=author, now=now, channel=channel.pk if channel else None)
            head = lock_head(before.pk)
            events.state_changed(head.conversation, head, now=now)
        return before, posted.message


def _started_before(visitor: Visitor | None, customer: Customer | None, start_id: UUID) -> Conversation | None:
    same = Conversation.objects.filter(start_id=start_id)
    same = same.filter(visitor=visitor) if visitor is not None else same.filter(customer=customer)
    return same.first()


def _create(
    company: Company,
    channel: Channel | None,
    customer: Customer | None,
    visitor: Visitor | None,
    start_id: UUID,
    origin: str,
    subject: str,
    now: datetime,
    follow_up_of: Conversation | None,
) -> Conversation:
    inbox = channel.inbox if channel else default_inbox(company)
    conversation = Conversation.objects.create(
        company=company,
        number=take_number(company),
        kind=Conversation.Kind.CUSTOMER,
        subject=subject[:200],
        origin=origin,
        channel=channel,
        customer=customer or (visitor.customer if visitor else None),
        visitor=visitor,
        start_id=start_id,
        follow_up_of=follow_up_of,
        created_at=now,
    )
    make_head(conversation, inbox=inbox, now=now)
    return conversation


def make_head(conversation: Conversation, *, inbox: Inbox | None, now: datetime) -> ConversationHead:
    """The state row of a new conversation."""
    routing = ConversationHead.Routing.NONE
    if conversation.kind == Conversation.Kind.CUSTOMER:
        routing = ConversationHead.Routing.UNCLAIMED
    return ConversationHead.objects.create(
        conversation=conversation,
        kind=conversation.kind,
        company_id=conversation.company_id,
        inbox=inbox,
        routing=routing,
        last_activity=now,
    )


def take_number(company: Company) -> int:
    """The next conversation number of a company; its row gives them out one by one."""
    Company.objects.filter(pk=company.pk).update(next_number=F("next_number") + 1)
    return Company.objects.values_list("next_number", flat=True).get(pk=company.pk) - 1


def side_conversation(conversation: Conversation, *, member: Membership | None, now: datetime) -> Conversation:
    """The internal conversation beside a customer conversation; made at its first use, one each.

    `member` begins it and follows; None when the product itself has something to say to the team.
    """
    with unit():
        lock_for_side(conversation)
        side = _side_of(conversation)
        if side is not None:
            return side
        head = lock_head(conversation.pk)
        side = Conversation.objects.create(
            company=conversation.company,
            number=take_number(conversation.company),
            kind=Conversation.Kind.INTERNAL,
            subject=conversation.subject,
            origin=Conversation.Origin.APP,
            about=conversation,
            created_at=now,
        )
        make_head(side, inbox=head.inbox, now=now)
        followers = ({member.user_id if member else None, head.assignee_id} - {None}) | _from_outside(head)
        Participant.objects.bulk_create(
            Participant(conversation=side, user_id=pk, side=Participant.Side.TEAM, following=True, joined_at=now)
            for pk in sorted(followers)
        )
        events.thread_changed(head.conversation)  # the requester hears nothing of it (INV-02)
        return side


def lock_for_side(conversation: Conversation) -> None:
    """Taken before the head of a request beside which something will be said: the first use takes a number."""
    if _side_of(conversation) is None:
        lock_numbers(conversation.company)


def _side_of(conversation: Conversation) -> Conversation | None:
    return Conversation.objects.filter(about=conversation, discussion=False).first()


def _from_outside(head: ConversationHead) -> set[int]:
    """User ids of colleagues who take part in the request without a role in its inbox: they read both of its kinds."""
    here = Participant.objects.filter(conversation_id=head.pk, user__isnull=False, following=True, left_at=None)
    return set(here.values_list("user_id", flat=True)) - users_of_inboxes([head.inbox_id]).get(head.inbox_id, set())


def start_discussion(
    conversation: Conversation, *, by: Membership, people: Sequence[Membership], title: str, now: datetime
) -> Conversation:
    """One more internal talk about a request, with a title and with whom one wants (N-23). It is never for customers;
    the people of the request's inbox may read it, too. `people` come from colleague(by, …).

    Raises Conflict (no request, locked, merged, too many people), NotAllowed (no licence), ValueError (no title).
    """
    title = " ".join(title.replace("\x00", "").split())[:120]
    if not title:
        raise ValueError(title)
    with unit():
        company = lock_numbers(conversation.company)
        head = lock_head(conversation.pk)
        if head.kind != Conversation.Kind.CUSTOMER or head.conversation.merged_into_id is not None:
            raise Conflict("merged" if head.kind == Conversation.Kind.CUSTOMER else "no_discussion")
        if head.status == head.Status.LOCKED:
            raise Conflict("locked")
        members = {person.user_id: person for person in (by, *people)}
        if len(members) > MAX_PEOPLE:
            raise Conflict("too_many_people")
        if any(one.company_id != head.company_id or not one.engagement_licence for one in members.values()):
            raise NotAllowed("no_licence")
        talk = Conversation.objects.create(
            company=company,
            number=take_number(company),
            kind=Conversation.Kind.INTERNAL,
            discussion=True,
            subject=title,
            origin=Conversation.Origin.APP,
            about=conversation,
            created_at=now,
        )
        make_head(talk, inbox=head.inbox, now=now)
        Participant.objects.bulk_create(
            Participant(conversation=talk, user_id=pk, side=Participant.Side.TEAM, following=True, joined_at=now)
            for pk in sorted(members)
        )
        author = Author.of_user(by.user)
        for pk in sorted(members.keys() - {by.user_id}):
            events.history("conversation.joined", talk, by=author, now=now, user=pk)
        events.thread_changed(head.conversation)
        for person in members.values():
            bump_rights(person)
        return talk


def direct_conversation(*people: User, now: datetime) -> Conversation:
    """The direct conversation of exactly these users: the one they have, or a new one; only they open it (M-28).

    The first is the one who begins. One that somebody left, or that is locked, is not taken up again. Raises NotAllowed
    when more than two would talk and one of them has blocked the beginner, Conflict for too many.
    """
    ids = {person.pk for person in people}
    if len(ids) > MAX_PEOPLE:
        raise Conflict("too_many_people")
    with unit():
        # All rows in order of id: people who write to each other at the same moment make one conversation.
        list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
        known = _direct_of(ids)
        if known is not None:
            return known
        why = block_between(people[0].pk, people[1:]) if len(ids) > 2 else ""
        if why.startswith("blocked:"):
            raise NotAllowed(why)
        return _start_direct(list(people), now)


def _direct_of(ids: set[int]) -> Conversation | None:
    """The oldest living direct conversation in which exactly these users are, and were ever."""
    seats = Participant.objects.filter(user_id__in=ids, conversation__kind=Conversation.Kind.DIRECT)
    shared = seats.values("conversation").annotate(n=Count("pk")).filter(n=len(ids))
    return (
        Conversation.objects.filter(pk__in=shared.values("conversation"))
        .exclude(head__status=ConversationHead.Status.LOCKED)
        .annotate(people=Count("participants"), left=Count("participants__left_at"))
        .filter(people=len(ids), left=0)
        .order_by("pk")
        .first()
    )


def _start_direct(people: list[User], now: datetime) -> Conversation:
    conversation = Conversation.objects.create(
        kind=Conversation.Kind.DIRECT,
        subject=", ".join(person.full_name for person in people)[:200],
        origin=Conversation.Origin.APP,
        created_at=now,
    )
    make_head(conversation, inbox=None, now=now)
    Participant.objects.bulk_create(
        Participant(conversation=conversation, user=person, side=Participant.Side.PEER, following=True, joined_at=now)
        for person in people
    )
    return conversation
