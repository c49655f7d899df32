"""What the policy must know about a batch of messages: where each stands, who is concerned, what they want."""

from __future__ import annotations

from collections import defaultdict

from channels_app.selectors import licensed_users, managers_of_inbox, users_of_inboxes
from conversations import markup
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant
from conversations.selectors.requests import asks_in
from customers.models import Visitor
from events.models import Event
from notifications.policy import DIRECT, Case, Told, told_of
from notifications.recipients import working
from notifications.selectors import preferences, wish_of

FIRST = 0  # the customer who asks, where one of several is meant


class World:
    """What the policy must know about a batch of messages: one query per table, however many messages."""

    def __init__(self, events: list[Event]) -> None:
        ids = {event.subject_id for event in events}
        self.heads = {
            head.pk: head
            for head in ConversationHead.objects.select_related(
                "conversation__channel",
                "conversation__company",
                "conversation__customer",
                "conversation__visitor",
                "inbox",
            ).filter(pk__in=ids)
        }
        self.offers = {
            offer.conversation_id: offer
            for offer in Offer.objects.filter(conversation_id__in=ids, state=Offer.State.PENDING)
        }
        self.followers = defaultdict(set)
        self.assignees: dict[int, int] = {}
        self.muted: dict[int, set[int]] = defaultdict(set)  # counted, but no sound and no mail
        self.read: dict[tuple[int, str], int] = {}
        self.guests: dict[int, dict[int, int | None]] = defaultdict(dict)  # customers beside the one who asks → user
        for part in Participant.objects.filter(conversation_id__in=ids).select_related("customer"):
            self.read[(part.conversation_id, part.person_key)] = part.last_read_seq
            if part.guest and part.left_at is None:
                self.guests[part.conversation_id][part.customer_id] = part.customer.user_id
            if part.user_id and part.following and part.left_at is None:
                self.followers[part.conversation_id].add(part.user_id)
                if part.muted:
                    self.muted[part.conversation_id].add(part.user_id)
        self._keep_licensed()
        asked = {event.subject_id for event in events if event.data["author"].partition(":")[0] != "user"}
        # Only a requester's words that nobody holds go to the whole inbox.
        unheld = (head for head in self.heads.values() if head.routing in {"unclaimed", "open"} and head.pk in asked)
        self.people = users_of_inboxes({head.inbox_id for head in unheld})
        self.words = {
            (row[0], row[1]): (row[2], " ".join(markup.plain(row[3]).split())[:140], row[4])
            for row in Message.objects.filter(
                conversation_id__in=ids, seq__in={event.data["seq"] for event in events}
            ).values_list("conversation_id", "seq", "author_name", "body", "via")
        }
        holders = {offer.user_id for offer in self.offers.values()}
        askers = (head.conversation.customer for head in self.heads.values() if head.conversation.customer)
        joined = {user_id for people in self.guests.values() for user_id in people.values()}
        self.members = working({customer.user_id for customer in askers if customer.user_id} | (joined - {None}))
        self.known_as = self._known_as(events)
        users = holders.union(self.members, *self.followers.values(), *self.people.values())
        self.wishes = {user_id: wish_of(row) for user_id, row in preferences(users).items()}

    def _keep_licensed(self) -> None:
        """Who lost the licence may open nothing of an inbox, so nothing of it is told to them (G-33)."""
        of_inboxes = [head for head in self.heads.values() if head.inbox_id]
        people = {head.assignee_id for head in of_inboxes}.union(*(self.followers[head.pk] for head in of_inboxes))
        licensed = licensed_users({head.company_id for head in of_inboxes}, people - {None})
        for head in of_inboxes:
            self.followers[head.pk] &= licensed[head.company_id]
            if head.assignee_id in licensed[head.company_id]:
                self.assignees[head.pk] = head.assignee_id

    def asker_id(self, head: ConversationHead) -> int | None:
        """The user who asks here and reads it in their own inbox; None for everybody else's requests."""
        customer = head.conversation.customer
        user_id = customer.user_id if customer else None
        return user_id if user_id in self.members and asks_in(user_id, head.conversation) else None

    def _known_as(self, events: list[Event]) -> dict[str, int | None]:
        """Where several customers take part: as whom the visitors who write are known. No query elsewhere."""
        keys = (event.data["author"].partition(":") for event in events if self.guests.get(event.subject_id))
        ids = [int(pk) for kind, _, pk in keys if kind == "visitor"]
        rows = Visitor.objects.filter(pk__in=ids, verified=True) if ids else []
        return {f"visitor:{row.pk}": row.customer_id for row in rows}

    def speaker(self, event: Event, head: ConversationHead) -> int | None:
        """Which customer wrote: FIRST the one who asks, else a guest's primary key; None for the team."""
        key = event.data["author"]
        kind, _, pk = key.partition(":")
        if kind not in {"customer", "visitor"}:
            return None
        customer = int(pk) if kind == "customer" else self.known_as.get(key)
        is_first = key == f"visitor:{head.conversation.visitor_id}"
        return customer if customer in self.guests[head.pk] and not is_first else FIRST

    def outsiders(self, event: Event, head: ConversationHead) -> list[tuple[str, int]]:
        """The customers without a login whom a line is for, as (“visitor” or “customer”, primary key): everybody but
        who wrote it.
        """
        if head.kind != Conversation.Kind.CUSTOMER or event.data["author"] == "system":
            return []
        talk, speaker = head.conversation, self.speaker(event, head)
        people: list[tuple[str, int]] = []
        if speaker != FIRST and self.asker_id(head) is None:
            people.append(("visitor", talk.visitor_id) if talk.visitor_id else ("customer", talk.customer_id))
        guests = self.guests[head.pk].items()
        people += [("customer", pk) for pk, user in guests if pk != speaker and user not in self.members]
        return [(kind, pk) for kind, pk in people if not self.has_read(event, f"{kind}:{pk}")]

    def askers(self, event: Event, head: ConversationHead) -> list[Told]:
        """The same for those who read it as users in their own inbox."""
        if head.kind != Conversation.Kind.CUSTOMER or event.data["author"] == "system":
            return []
        speaker = self.speaker(event, head)
        people = {pk: user for pk, user in self.guests[head.pk].items() if pk != speaker and user in self.members}
        if speaker != FIRST and (first := self.asker_id(head)) is not None:
            people[head.conversation.customer_id] = first
        told = (
            told_of(user, DIRECT, self.wishes)
            for pk, user in people.items()
            if event.data["author"] != f"user:{user}" and not self.has_read(event, f"customer:{pk}")
        )
        return [person for person in told if person is not None]

    def _writes_as(self, event: Event, head: ConversationHead) -> int | None:
        """The user who writes as a customer, by mail or in the chat; None for everybody else (INV-08)."""
        speaker = self.speaker(event, head)
        if speaker is None:
            return None
        return self.asker_id(head) if speaker == FIRST else self.guests[head.pk].get(speaker)

    def has_read(self, event: Event, person: str) -> bool:
        """The page was open: read before this reaction ran."""
        return self.read.get((event.subject_id, person), 0) >= event.data["seq"]

    def case(self, event: Event, head: ConversationHead) -> Case:
        """The pure description of one message."""
        kind, _, pk = event.data["author"].partition(":")
        channel, offer = head.conversation.channel, self.offers.get(head.pk)
        unclaimed = head.routing == "unclaimed"
        return Case(
            kind=head.kind,
            routing=head.routing,
            author_id=int(pk) if kind == "user" else self._writes_as(event, head),
            by_requester=kind in {"customer", "visitor"},
            automatic=event.data["automatic"] or kind in {"bot", "system"},
            assignee=self.assignees.get(head.pk),
            holder=offer.user_id if offer else None,
            after_ring=bool(channel and channel.ring_enabled),
            followers=frozenset(self.followers[head.pk]),
            inbox_people=frozenset(self.people.get(head.inbox_id, ())),
            managers=frozenset(managers_of_inbox(head.inbox_id, head.company_id)) if unclaimed else frozenset(),
            mentioned=frozenset(event.data.get("mentions", ())),
        )
