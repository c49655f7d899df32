"""Events of conversations → notices and alerts. Each function gets a batch of one kind and runs in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from channels_app.models import Channel
from channels_app.selectors import managers_of_inbox, users_of_inboxes
from companies.models import Membership
from companies.selectors import active_memberships
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant
from conversations.selectors.visibility import conversations_for
from events.models import Event
from events.publish import unit
from notifications.actions import Plan, alert, cancel_seen, hold_back, mark_seen, plan, put_first, suppress, tell_unread
from notifications.after_offer import accepted
from notifications.models import Notice
from notifications.policy import ASSIGNED, EMAIL, MENTION, NEW, OFFER, OTHER, UNCLAIMED, Told, team_to_tell
from notifications.selectors import told as told_of_row
from notifications.world import World

Cause = Notice.Cause


def on_messages(events: list[Event], now: datetime) -> None:
    """A message was posted: tell the team by policy, the requester of a team's answer, nobody of their own."""
    world = World(events)
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
            offer = world.offers.get(head.pk)
            plans += [_user_plan(event, person, offer, world.muted[head.pk]) for person in people]
            plans += _requester_plans(event, head, world)
            known = {person.user_id for person in people}
            askers = [person for person in world.askers(event, head) if person.user_id not in known]
            told[event.pk] = [*people, *askers]
            plans += [_user_plan(event, person, None, world.muted[head.pk]) for person in askers]
        plan(plans)
        for event in events:
            if told.get(event.pk):
                _alert_of_message(event, told[event.pk], world, now)
        tell_unread(user for event in events for user in world.muted[event.subject_id])


def _alert_of_message(event: Event, people: list[Told], world: World, now: datetime) -> None:
    head = world.heads[event.subject_id]
    offer = world.offers.get(head.pk)
    if offer is not None and event.at <= offer.offered_at:
        return  # the offer rings for it
    who, text, _via = world.words.get((head.pk, event.data["seq"]), ("", "", ""))
    heard = [person for person in people if person.user_id not in world.muted[head.pk]]
    alert(heard, head.conversation, who=who, text=text, cause="message", now=now)


def _answered(events: list[Event], world: World, now: datetime) -> None:
    """Who writes has seen what stands above; who answers by mail has seen what was mailed to them."""
    seen: list[int] = []
    last = {(e.subject_id, e.data["author"]): e.data["seq"] for e in events}
    for event in events:  # who asks writes as a customer or in the chat, and is told as a user or a customer
        head = world.heads.get(event.subject_id)
        if head is None:
            continue
        if event.data["author"] == f"customer:{head.conversation.customer_id}":
            last[event.subject_id, f"user:{world.asker_id(head)}"] = event.data["seq"]
        if speaker := world.speaker(event, head):
            last[event.subject_id, f"customer:{speaker}"] = event.data["seq"]
            last[event.subject_id, f"user:{world.guests[head.pk][speaker]}"] = event.data["seq"]
    for notice in Notice.objects.filter(conversation_id__in=world.heads, seen_at=None):
        seq = last.get((notice.conversation_id, notice.person_key))
        if seq is None or notice.last_seq >= seq:
            continue
        by_mail = world.words.get((notice.conversation_id, seq), ("", "", ""))[2] == Message.Via.EMAIL
        if not by_mail or notice.state == Notice.State.EMAILED:
            seen.append(notice.pk)
    if seen:
        mark_seen(Notice.objects.filter(pk__in=seen), now=now)


def _user_plan(event: Event, person: Told, offer: Offer | None, muted: set[int]) -> Plan:
    cause = {OFFER: Cause.OFFER, MENTION: Cause.MENTION}.get(person.row, Cause.MESSAGE)
    loud = person.user_id not in muted
    return Plan.of(
        person,
        conversation_id=event.subject_id,
        seq=event.data["seq"],
        cause=cause,
        at=event.at,
        email=person.email and loud,
        push=person.push and loud,
        offer_id=offer.pk if cause == Cause.OFFER and offer else None,
    )


def _plan_of(head: ConversationHead, person: Told, cause: str, at: datetime, **fields: object) -> Plan:
    """A notice about the state of a conversation, not about one message."""
    return Plan.of(person, conversation_id=head.pk, seq=max(1, head.last_seq), cause=cause, at=at, **fields)


def _requester_plans(event: Event, head: ConversationHead, world: World) -> list[Plan]:
    """An answer of the team or the bot is for every customer in it, and what one of them writes for the others: mail
    after a minute unseen (N-03, N-58, N-59).
    """
    return [
        Plan(
            conversation_id=head.pk,
            seq=event.data["seq"],
            cause=Cause.MESSAGE,
            at=event.at,
            in_app=False,
            **{f"{kind}_id": pk},
        )
        for kind, pk in world.outsiders(event, head)
    ]


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
            head, people = offer.conversation.head, told_of_row([offer.user_id], OFFER)
            plan([_plan_of(head, one, Cause.OFFER, offer.offered_at, offer_id=offer.pk) for one in people])
            Notice.objects.filter(
                conversation_id=offer.conversation_id, user_id=offer.user_id, state=Notice.State.PENDING
            ).update(cause=Cause.OFFER, row=OFFER, offer_id=offer.pk)
            alert(people, offer.conversation, who=head.preview_author, text=head.preview, cause="offer", now=now)


def on_offers_ended(events: list[Event], now: datetime) -> None:
    """An offer ended: accepted is seen, up to what came after; otherwise the former holder is no longer concerned."""
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
                accepted(mine, at=event.at, now=now)
            else:
                suppress(mine, reason="offer_ended", now=now)


def on_unclaimed(events: list[Event], now: datetime) -> None:
    """Nobody took it: the inbox's managers are told. A fresh claim-mode request was told by its message already, a
    moved one by its move.
    """
    for event in events:
        head = ConversationHead.objects.select_related("conversation").filter(pk=event.subject_id).first()
        told_otherwise = event.data["after"] in {"fresh", "moved"}
        if told_otherwise or head is None or head.routing != "unclaimed" or head.status != "open":
            continue
        with unit():
            managers = managers_of_inbox(head.inbox_id, head.company_id)
            people = told_of_row((user for user in managers if event.by != f"user:{user}"), UNCLAIMED)
            new = plan([_plan_of(head, one, Cause.UNCLAIMED, event.at) for one in people])
            ids = [one.user_id for one in people]
            mine = Notice.objects.filter(conversation_id=head.pk, user_id__in=ids, state=Notice.State.PENDING)
            mine.update(cause=Cause.UNCLAIMED, row=UNCLAIMED)
            # Whom the message itself has just told hears it once.
            heard = [one for one in people if one.user_id in new]
            alert(heard, head.conversation, who=head.preview_author, text=head.preview, cause="unclaimed", now=now)


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
            people = told_of_row([assignee], ASSIGNED)
            plan([_plan_of(head, one, Cause.ASSIGNED, event.at, actor_id=_user_of(event.by)) for one in people])
            mine = Notice.objects.filter(conversation_id=head.pk, user_id=assignee, state=Notice.State.PENDING)
            mine.filter(cause=Cause.MESSAGE).update(cause=Cause.ASSIGNED, row=ASSIGNED)
            alert(people, head.conversation, who=head.preview_author, text=head.preview, cause="assigned", now=now)


def _user_of(key: str) -> int | None:
    kind, _, number = key.partition(":")
    return int(number) if kind == "user" and number.isdecimal() else None


def on_woken(events: list[Event], now: datetime) -> None:
    """A snooze is over: whoever holds it, else whoever snoozed it, finds it unread and hears of it."""
    for event in events:
        if event.data["after"] == "time" and event.data["user"]:
            _bring_up(event, [event.data["user"]], OTHER, Cause.SNOOZE, now)


def on_joined(events: list[Event], now: datetime) -> None:
    """A colleague was added to a request or a discussion: they hear of it. A direct one is told by its messages."""
    internal = Conversation.objects.filter(pk__in={event.subject_id for event in events})
    wanted = set(internal.exclude(kind=Conversation.Kind.DIRECT).values_list("pk", flat=True))
    for event in events:
        if event.subject_id in wanted and event.by != f"user:{event.data['user']}":
            _bring_up(event, [event.data["user"]], ASSIGNED, Cause.ASSIGNED, now)


def on_removed(events: list[Event], now: datetime) -> None:
    """A colleague was taken out: nothing of it concerns them any more."""
    for event in events:
        with unit():
            places = Q(conversation_id=event.subject_id) | Q(conversation__about=event.subject_id)
            suppress(Notice.objects.filter(places, user_id=event.data["user"]), reason="left", now=now)


def on_moved(events: list[Event], now: datetime) -> None:
    """Moved to another inbox: it no longer concerns those who saw it through the old one; where it does not ring, the
    people of the new one hear of it as of a fresh request (N-53).
    """
    for event in events:
        rows = ConversationHead.objects.select_related("conversation__channel")
        head = rows.filter(pk=event.subject_id).first()
        if head is None:
            continue
        people = users_of_inboxes({event.data["before"], head.inbox_id})
        here = people.get(head.inbox_id, set())
        following = Participant.objects.filter(conversation_id=head.pk, user__isnull=False, following=True)
        with unit():
            places = Q(conversation_id=head.pk) | Q(conversation__about=head.pk)
            lost = Notice.objects.filter(places, user_id__in=people.get(event.data["before"], set()) - here)
            suppress(lost.exclude(user_id__in=following.values("user_id")), reason="moved", now=now)
        if head.inbox_id == event.data["inbox"] and head.status == "open" and _is_for_all(head):
            _bring_up(event, [user for user in here if event.by != f"user:{user}"], NEW, Cause.MESSAGE, now)


def _is_for_all(head: ConversationHead) -> bool:
    """Nobody holds it and nobody was asked in turn: everybody of the inbox may take it."""
    channel = head.conversation.channel
    rings = channel is not None and channel.ring_enabled and channel.state != Channel.State.PAUSED
    return head.routing == head.Routing.OPEN or (head.routing == head.Routing.UNCLAIMED and not rings)


def _bring_up(event: Event, users: Iterable[int], row: str, cause: str, now: datetime) -> None:
    """A notice and an alert about a conversation as it stands, for these users as each wants it."""
    head = ConversationHead.objects.select_related("conversation").filter(pk=event.subject_id).first()
    if head is None:
        return
    with unit():
        people = told_of_row(users, row)
        plan([_plan_of(head, one, cause, event.at, actor_id=_user_of(event.by)) for one in people])
        alert(people, head.conversation, who=head.preview_author, text=head.preview, cause=cause, now=now)


def on_undelivered(events: list[Event], now: datetime) -> None:
    """A mail did not arrive: whoever wrote what stood in it is told, wherever they are."""
    for event in events:
        head = ConversationHead.objects.select_related("conversation").filter(pk=event.subject_id).first()
        mailed = Notice.objects.filter(pk=event.data["notice"]).first()
        if head is None or mailed is None:
            continue
        with unit():
            written = Message.objects.filter(
                conversation_id=mailed.conversation_id,
                seq__gte=mailed.first_seq,
                seq__lte=mailed.last_seq,
                user__isnull=False,
                deleted_at=None,
            )
            people = told_of_row(written.order_by().values_list("user_id", flat=True).distinct(), OTHER)
            plan([_plan_of(head, one, Cause.FAILED, event.at) for one in people])
            alert(people, head.conversation, who="", text=head.preview, cause="failed", now=now)


def on_returned(events: list[Event], now: datetime) -> None:
    """A message that waited to be sent became a draft again: its author finds that in the bell, however much later.
    The mail of the unseen minute tells what others wrote, so there is none of it.
    """
    for event in events:
        head = ConversationHead.objects.select_related("conversation").filter(pk=event.subject_id).first()
        if head is None:
            continue
        with unit():
            people = [replace(one, ways=one.ways - {EMAIL}) for one in told_of_row([event.data["user"]], OTHER)]
            plan([_plan_of(head, one, Cause.RETURNED, event.at) for one in people])
            put_first(head.pk, [one.user_id for one in people], cause=Cause.RETURNED)


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


def on_role(events: list[Event], now: datetime) -> None:
    """A role in an inbox was taken away: what the person may not open any more does not call for them either."""
    for event in events:
        member = active_memberships().filter(user_id=event.data["user"], company_id=event.company_id).first()
        if member is None or event.data["role"]:
            continue
        with unit():
            theirs = Notice.objects.filter(user_id=member.user_id, conversation__company_id=member.company_id)
            theirs = theirs.filter(conversation__head__inbox=event.subject_id)
            suppress(theirs.exclude(conversation__in=conversations_for(member).values("pk")), reason="role", now=now)
