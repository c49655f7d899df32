"""Events of conversations → notices and alerts. Each function gets a batch of one kind and runs in one transaction."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from channels_app.selectors import licensed_users, managers_of_inbox, users_of_inboxes
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant
from conversations.selectors.requests import asks_in
from events.models import Event
from events.publish import unit
from notifications.actions import Plan, alert, cancel_seen, hold_back, mark_seen, plan, suppress, tell_unread
from notifications.models import Notice
from notifications.policy import DEFAULT, Case, Told, Wish, team_to_tell
from notifications.recipients import working
from notifications.selectors import preferences, wish_of

Cause = Notice.Cause


def on_messages(events: list[Event], now: datetime) -> None:
    """A message was posted: tell the team by policy, the requester of a team's answer, nobody of their own."""
    world = _World(events)
    with unit():
        _answered(events, world, now)
        plans: list[Plan] = []
        told: dict[int, list[Told]] = {}
        for event in events:
            head = world.heads.get(event.subject_id)
            if head is None:
                continue
            people = [
                person
                for person in team_to_tell(world.case(event, head), world.wishes)
                if not world.has_read(event, f"user:{person.user_id}")
            ]
            told[event.pk] = people
            cause = Cause.OFFER if head.routing == "ringing" else Cause.MESSAGE
            offer = world.offers.get(head.pk)
            plans += [_user_plan(event, person, cause, offer, world.muted[head.pk]) for person in people]
            plans += _requester_plans(event, head, world)
            asker = world.asker(event, head)
            if asker is not None and all(person.user_id != asker.user_id for person in people):
                told[event.pk] = [*people, asker]
                plans.append(_user_plan(event, asker, Cause.MESSAGE, None, world.muted[head.pk]))
        plan(plans)
        for event in events:
            if told.get(event.pk):
                _alert_of_message(event, told[event.pk], world)
        tell_unread(user for event in events for user in world.muted[event.subject_id])


def _alert_of_message(event: Event, people: list[Told], world: _World) -> None:
    head = world.heads[event.subject_id]
    offer = world.offers.get(head.pk)
    if offer is not None and event.at <= offer.offered_at:
        return  # the offer rings for it
    who, text, _via = world.words.get((head.pk, event.data["seq"]), ("", "", ""))
    users = [person.user_id for person in people if person.in_app and person.user_id not in world.muted[head.pk]]
    alert(users, head.conversation, who=who, text=text, cause="message")


def _answered(events: list[Event], world: _World, now: datetime) -> None:
    """Who writes has seen what stands above; who answers by mail has seen what was mailed to them."""
    seen: list[int] = []
    last = {(e.subject_id, e.data["author"]): e.data["seq"] for e in events}
    for event in events:  # who asks writes as a customer and is told as a user
        head = world.heads.get(event.subject_id)
        if head is not None and event.data["author"] == f"customer:{head.conversation.customer_id}":
            last[event.subject_id, f"user:{world.asker_id(head)}"] = event.data["seq"]
    for notice in Notice.objects.filter(conversation_id__in=world.heads, seen_at=None):
        seq = last.get((notice.conversation_id, notice.person_key))
        if seq is None or notice.last_seq >= seq:
            continue
        by_mail = world.words.get((notice.conversation_id, seq), ("", "", ""))[2] == Message.Via.EMAIL
        if not by_mail or notice.state == Notice.State.EMAILED:
            seen.append(notice.pk)
    if seen:
        mark_seen(Notice.objects.filter(pk__in=seen), now=now)


def _user_plan(event: Event, person: Told, cause: str, offer: Offer | None, muted: set[int]) -> Plan:
    return Plan(
        conversation_id=event.subject_id,
        seq=event.data["seq"],
        cause=cause,
        at=event.at,
        user_id=person.user_id,
        in_app=person.in_app,
        email=person.email and person.user_id not in muted,
        offer_id=offer.pk if cause == Cause.OFFER and offer else None,
    )


def _requester_plans(event: Event, head: ConversationHead, world: _World) -> list[Plan]:
    """An answer of the team or the bot is for the requester: mail after a minute unseen (N-58, N-59)."""
    conversation = head.conversation
    author_kind = event.data["author"].partition(":")[0]
    if head.kind != Conversation.Kind.CUSTOMER or author_kind not in {"user", "bot"}:
        return []
    kind = "visitor" if conversation.visitor_id else "customer"
    pk = conversation.visitor_id or conversation.customer_id
    if world.asker_id(head):
        return []  # told as the user they are
    if world.has_read(event, f"{kind}:{pk}"):
        return []
    return [
        Plan(
            conversation_id=head.pk,
            seq=event.data["seq"],
            cause=Cause.MESSAGE,
            at=event.at,
            in_app=False,
            **{f"{kind}_id": pk},
        )
    ]


class _World:
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
        for part in Participant.objects.filter(conversation_id__in=ids):
            self.read[(part.conversation_id, part.person_key)] = part.last_read_seq
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
            (row[0], row[1]): (row[2], row[3][:140], row[4])
            for row in Message.objects.filter(
                conversation_id__in=ids, seq__in={event.data["seq"] for event in events}
            ).values_list("conversation_id", "seq", "author_name", "body", "via")
        }
        holders = {offer.user_id for offer in self.offers.values()}
        askers = (head.conversation.customer for head in self.heads.values() if head.conversation.customer)
        self.members = working({customer.user_id for customer in askers if customer.user_id})
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

    def asker(self, event: Event, head: ConversationHead) -> Told | None:
        """The asker, of an answer that they have not read."""
        user_id = self.asker_id(head)
        author_kind = event.data["author"].partition(":")[0]
        if user_id is None or author_kind not in {"user", "bot"} or event.data["author"] == f"user:{user_id}":
            return None
        if self.has_read(event, f"customer:{head.conversation.customer_id}"):
            return None
        wish = self.wishes.get(user_id, DEFAULT)
        return Told(user_id, wish.in_app, wish.email) if wish.in_app or wish.email else None

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
            author_id=int(pk) if kind == "user" else self.asker_id(head) if kind == "customer" else None,
            by_requester=kind in {"customer", "visitor"},
            automatic=event.data["automatic"] or kind in {"bot", "system"},
            assignee=self.assignees.get(head.pk),
            holder=offer.user_id if offer else None,
            after_ring=bool(channel and channel.ring_enabled),
            followers=frozenset(self.followers[head.pk]),
            inbox_people=frozenset(self.people.get(head.inbox_id, ())),
            managers=frozenset(managers_of_inbox(head.inbox_id, head.company_id)) if unclaimed else frozenset(),
        )


def on_offers(events: list[Event], now: datetime) -> None:
    """An offer began: its holder alone is told; the mail follows after a minute if it still rings there."""
    for event in events:
        with unit():
            offer = (
                Offer.objects.select_for_update(of=("self",), no_key=True)
                .select_related("conversation__channel", "conversation__head")
                .filter(pk=event.data["offer"], state=Offer.State.PENDING)
                .first()
            )
            if offer is None:
                continue
            head, wish = offer.conversation.head, _wish(offer.user_id)
            plan(
                [
                    Plan(
                        conversation_id=offer.conversation_id,
                        seq=max(1, head.last_seq),
                        cause=Cause.OFFER,
                        at=offer.offered_at,
                        user_id=offer.user_id,
                        in_app=wish.in_app,
                        email=wish.email,
                        offer_id=offer.pk,
                    )
                ]
            )
            Notice.objects.filter(
                conversation_id=offer.conversation_id, user_id=offer.user_id, state=Notice.State.PENDING
            ).update(cause=Cause.OFFER, offer_id=offer.pk)
            if wish.in_app:
                alert([offer.user_id], offer.conversation, who=head.preview_author, text=head.preview, cause="offer")


def _wish(user_id: int) -> Wish:
    stored = preferences([user_id]).get(user_id)
    return wish_of(stored) if stored else DEFAULT


def on_offers_ended(events: list[Event], now: datetime) -> None:
    """An offer ended: accepted is seen; otherwise the former holder is no longer concerned."""
    for event in events:
        with unit():
            mine = Notice.objects.filter(
                conversation_id=event.subject_id,
                user_id=event.data["user"],
                cause=Cause.OFFER,
                seen_at=None,
                offer_id=event.data["offer"],
            )
            if event.data["state"] == Offer.State.ACCEPTED:
                mark_seen(mine, now=now)
            else:
                suppress(mine, reason="offer_ended", now=now)


def on_unclaimed(events: list[Event], now: datetime) -> None:
    """Nobody took it: the inbox's managers are told. A fresh claim-mode request was told by its message already."""
    for event in events:
        head = ConversationHead.objects.select_related("conversation").filter(pk=event.subject_id).first()
        if event.data["after"] == "fresh" or head is None or head.routing != "unclaimed" or head.status != "open":
            continue
        with unit():
            managers = managers_of_inbox(head.inbox_id, head.company_id)
            people = {user for user in managers if event.by != f"user:{user}"}
            wishes = preferences(people)
            new = plan(
                [
                    Plan(
                        conversation_id=head.pk,
                        seq=max(1, head.last_seq),
                        cause=Cause.UNCLAIMED,
                        at=event.at,
                        user_id=user,
                        in_app=wishes[user].in_app if user in wishes else True,
                        email=wishes[user].email if user in wishes else True,
                    )
                    for user in people
                ]
            )
            mine = Notice.objects.filter(conversation_id=head.pk, user_id__in=people, state=Notice.State.PENDING)
            mine.update(cause=Cause.UNCLAIMED)
            # Whom the message itself has just told hears it once.
            told = [user for user in new if user not in wishes or wishes[user].in_app]
            alert(told, head.conversation, who=head.preview_author, text=head.preview, cause="unclaimed")


def on_assigned(events: list[Event], now: datetime) -> None:
    """Assigned: the new assignee is told unless they did it themselves; the others are no longer concerned."""
    for event in events:
        rows = ConversationHead.objects.select_related("conversation__customer")
        head = rows.filter(pk=event.subject_id).first()
        if head is None:
            continue
        assignee = event.data["assignee"]
        with unit():
            followers = Participant.objects.filter(conversation_id=head.pk, following=True, user__isnull=False)
            others = Notice.objects.filter(conversation_id=head.pk, user__isnull=False).exclude(user_id=assignee)
            if head.conversation.customer and head.conversation.customer.user_id:  # who asks is concerned as ever
                others = others.exclude(user_id=head.conversation.customer.user_id)
            suppress(others.exclude(user_id__in=followers.values("user_id")), reason="assigned", now=now)
            if event.by == f"user:{assignee}" or head.assignee_id != assignee:
                continue
            wish = _wish(assignee)
            plan(
                [
                    Plan(
                        conversation_id=head.pk,
                        seq=max(1, head.last_seq),
                        cause=Cause.ASSIGNED,
                        at=event.at,
                        user_id=assignee,
                        in_app=wish.in_app,
                        email=wish.email,
                    )
                ]
            )
            if wish.in_app:
                alert([assignee], head.conversation, who=head.preview_author, text=head.preview, cause="assigned")


def on_seen(events: list[Event], now: datetime) -> None:
    """Somebody read: their notices up to there are done."""
    for event in events:
        with unit():
            cancel_seen(event.subject_id, event.data["who"], event.data["seq"], now=now)


def on_left(events: list[Event], now: datetime) -> None:
    """Somebody left a direct conversation: nothing of it concerns them any more."""
    for event in events:
        kind, _, pk = event.by.partition(":")
        if kind == "user":
            with unit():
                theirs = Notice.objects.filter(conversation_id=event.subject_id, user_id=int(pk))
                suppress(theirs, reason="left", now=now)


def on_settings(events: list[Event], now: datetime) -> None:
    """A licence was taken away: what is unseen in inboxes concerns the person no longer (G-33)."""
    for event in events:
        if event.data["what"] != "member.licence":
            continue
        for member in Membership.objects.filter(pk=event.subject_id, engagement_licence=False):
            with unit():
                theirs = Notice.objects.filter(user_id=member.user_id, conversation__company_id=member.company_id)
                suppress(theirs.filter(conversation__head__inbox__isnull=False), reason="licence", now=now)


def on_suspended(events: list[Event], now: datetime) -> None:
    """A company was stopped: what is on its way to anybody out of its conversations stays here."""
    for event in events:
        with unit():
            notices = Notice.objects.filter(conversation__company_id=event.subject_id)
            hold_back(notices, reason="The company is suspended.", now=now)


def on_closed(events: list[Event], now: datetime) -> None:
    """Closed: whoever closed it needs no mail about it (model.md §4.3)."""
    for event in events:
        kind, _, pk = event.by.partition(":")
        if kind in {"user", "customer", "visitor"} and pk:
            with unit():
                theirs = Notice.objects.filter(conversation_id=event.subject_id, **{f"{kind}_id": int(pk)})
                suppress(theirs, reason="closed", now=now)
