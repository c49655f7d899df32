"""A ring under everything that can happen to it, in any order, beside a simple model of the rules.

INV-04, INV-05, INV-06, INV-18, M-33 … M-39, E-08 … E-10, R-12: after every step the invariants of a ring hold in the
database, and it says what the model says.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from channels_app.actions.channels import ChannelSettings, edit_channel, pause_channel, resume_channel
from channels_app.actions.inboxes import set_role
from channels_app.models import OpeningHours
from channels_app.selectors import role_in
from companies.actions.members import deactivate_member, set_availability
from companies.models import Membership
from conversations.actions import assigning, closing, reading, ringing, snoozing
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Message, Offer
from events import due, tasks
from events.models import Due, Event
from tests.cast import make_cast, make_visitor, write
from tests.conversations.ring_model import CLOSES, MAX_ROUNDS, OPENS, Request, Ring

SECONDS = 10
LINE = ["ben", "cem", "dora"]
AGENTS = [*LINE, "anna"]
MOST = 2
requests = st.integers(0, MOST - 1)
line = st.sampled_from(LINE)
# Whom it concerns at that moment, or anybody: most people's attempts are refused, and say nothing new.
agents = st.sampled_from(["holder", "assignee", *AGENTS])


class RingMachine(RuleBasedStateMachine):
    """Nordlicht's Support: Ben, Cem, Dora; Anna is admin; up to three visitors. The clock is `self.now`."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        self.conversations: list[Conversation] = []
        self.deactivated: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.cast = make_cast()
        self.users = {name: getattr(self.cast, name) for name in AGENTS}
        self.names = {user.pk: name for name, user in self.users.items()}
        channel = self.cast.support
        channel.max_rounds, channel.escalate_after_s = MAX_ROUNDS, SECONDS
        channel.save()
        OpeningHours.objects.bulk_create(
            OpeningHours(channel=channel, weekday=day, opens=time(OPENS), closes=time(CLOSES)) for day in range(7)
        )
        self.visitors = [make_visitor(self.cast.nordlicht) for _ in range(MOST)]
        self.model = Ring(LINE, SECONDS)
        self.visitor_starts()

    # --- helpers ----------------------------------------------------------------------------------------
    def member(self, name: str) -> Membership:
        return Membership.objects.select_related("company", "user").get(user=self.users[name])

    def role(self, name: str) -> str:
        return role_in(self.member(name), self.cast.inbox)

    def person(self, word: str, request: Request) -> str | None:
        """Who “holder” or “assignee” is now; None when there is nobody, or they cannot sign in any more."""
        name = {"holder": request.holder, "assignee": request.assignee}.get(word, word)
        return None if name in self.deactivated else name

    def pair(self, number: int) -> tuple[Conversation, Request]:
        return self.conversations[number % len(self.conversations)], self.model.requests[
            number % len(self.conversations)
        ]

    def work_off(self) -> None:
        """What the worker does about what has just happened, at this moment of the clock."""
        while tasks.react_once():
            continue
        self.tick()

    def tick(self) -> None:
        """Settle in the order of the deadlines, in the product and in the model."""
        rows = list(Due.objects.filter(due_at__lte=self.now).order_by("due_at", "id").values_list("kind", "subject_id"))
        while due.settle(self.now):
            continue
        by_conversation = {c.pk: r for c, r in zip(self.conversations, self.model.requests, strict=True)}
        for kind, subject in rows:
            if kind in {"offer", "withdraw"}:
                offer = Offer.objects.get(pk=subject)
                self._model_of_offer(kind, offer, by_conversation[offer.conversation_id])
            elif kind in {"opening", "reroute"}:
                self._model_of_waiting(by_conversation[subject])
            elif kind == "release":
                request = by_conversation[subject]
                if request.status == "open" and request.assignee and not self.model.works_here(request.assignee):
                    self.model.free(request)

    def _model_of_offer(self, kind: str, offer: Offer, request: Request) -> None:
        own = list(Offer.objects.filter(conversation=offer.conversation_id).order_by("id").values_list("pk", flat=True))
        if request.holder is None or own.index(offer.pk) + 1 != request.offers:
            return
        person = self.model.people[request.holder]
        gone = not (person.available and person.works_here)
        if (kind == "offer" and request.expires <= self.now) or (kind == "withdraw" and gone):
            self.model.go_on(request, self.now)

    def _model_of_waiting(self, request: Request) -> None:
        if request.status != "open":
            return
        if self.model.paused and request.routing in {"waiting", "ringing"}:
            request.routing, request.holder, request.opens = "unclaimed", None, None
        elif request.routing == "waiting":
            self.model.route(request, self.now, preferred=request.last_assignee)

    # --- what visitors do -------------------------------------------------------------------------------
    @rule()
    def visitor_starts(self) -> None:
        if len(self.conversations) == MOST:
            return
        request = Request()
        self.model.requests.append(request)
        self.model.route(request, self.now)
        visitor = self.visitors[len(self.conversations)]
        self.conversations.append(write(visitor, self.cast.support, now=self.now))
        self.work_off()

    @rule(number=requests)
    def visitor_writes(self, number: int) -> None:
        conversation, request = self.pair(number)
        if request.status == "closed":
            self.model.fit(request)
            former = request.assignee or request.last_assignee
            request.last_assignee = former
            self.model.route(request, self.now, preferred=former)
        post_message(
            conversation,
            author=Author.of_visitor(conversation.visitor),
            body="and another thing",
            client_id=uuid.uuid4(),
            via="widget",
            now=self.now,
        )
        assert ConversationHead.objects.get(pk=conversation.pk).snoozed_at is None, "the customer answered"
        self.work_off()

    # --- what agents do ---------------------------------------------------------------------------------
    @rule(number=requests, name=agents)
    def accept(self, number: int, name: str) -> None:
        conversation, request = self.pair(number)
        name = self.person(name, request)
        if name is None:
            return
        if name in {request.holder, request.assignee}:
            ringing.accept(conversation, user=self.users[name], now=self.now)
            if request.holder == name:
                self.model.take(request, name)
        else:
            with pytest.raises(Conflict):
                ringing.accept(conversation, user=self.users[name], now=self.now)

    @rule(number=requests, name=agents)
    def decline(self, number: int, name: str) -> None:
        conversation, request = self.pair(number)
        name = self.person(name, request)
        if name is None:
            return
        if request.holder == name:
            ringing.decline(conversation, user=self.users[name], now=self.now)
            self.model.go_on(request, self.now)
        else:
            with pytest.raises(Conflict):
                ringing.decline(conversation, user=self.users[name], now=self.now)

    @rule(number=requests, name=agents)
    def look_in(self, number: int, name: str) -> None:
        """Opening and reading is no reaction (A-03)."""
        conversation, request = self.pair(number)
        name = self.person(name, request)
        if name is None:
            return
        conversation.refresh_from_db()
        reading.mark_seen(conversation, viewer=self.member(name), seq=99, now=self.now)

    @rule(number=requests, name=agents)
    def answer(self, number: int, name: str) -> None:
        conversation, request = self.pair(number)
        name = self.person(name, request)
        if name is None:
            return
        if request.status == "closed":
            was = (request.routing, request.assignee, request.last_assignee)
            self.model.fit(request)
        allowed = self.model.works_here(name) and (
            request.routing == "open" or name in {request.assignee, request.holder}
        )
        fields = {
            "author": Author.of_user(self.users[name]),
            "body": "Gladly.",
            "client_id": uuid.uuid4(),
            "via": "app",
            "role": self.role(name),
            "may_post": True,
            "now": self.now,
        }
        if not allowed:
            if Message.objects.filter(conversation=conversation).exists() and conversation_is_closed(conversation):
                request.status = "closed"
                request.routing, request.assignee, request.last_assignee = was
            with pytest.raises(NotAllowed):
                post_message(conversation, **fields)
            return
        if request.holder == name:
            self.model.take(request, name)
        posted = post_message(conversation, **fields)
        head = ConversationHead.objects.get(pk=conversation.pk)
        assert head.routing == "open" or head.assignee_id == posted.message.user_id, "INV-05"
        self.work_off()

    @rule(number=requests, to=agents, by=agents)
    def assign(self, number: int, to: str, by: str) -> None:
        conversation, request = self.pair(number)
        by = self.person(by, request)
        if by is None:
            return
        to = self.person(to, request) or "ben"
        manager, fresh = by == "anna", request.routing == "unclaimed"
        refused = (
            request.status != "open"
            or request.routing == "open"
            or not self.model.works_here(to)
            or not (manager or (to == by and fresh and self.model.works_here(by)))
        )
        arguments = {"to": self.users[to], "by": self.users[by], "role": self.role(by), "now": self.now}
        if refused:
            with pytest.raises((Conflict, NotAllowed)):
                assigning.assign(conversation, **arguments)
        else:
            assigning.assign(conversation, **arguments)
            self.model.take(request, to)

    @rule(number=requests, by=agents)
    def unassign(self, number: int, by: str) -> None:
        conversation, request = self.pair(number)
        by = self.person(by, request)
        if by is None:
            return
        mine = request.assignee == by and self.model.works_here(by)
        arguments = {"by": self.users[by], "role": self.role(by), "now": self.now}
        if request.status == "open" and request.routing == "assigned" and (by == "anna" or mine):
            assigning.release(conversation, **arguments)
            self.model.free(request)
        else:
            with pytest.raises((Conflict, NotAllowed)):
                assigning.release(conversation, **arguments)

    @rule(number=requests, by=agents)
    def close(self, number: int, by: str) -> None:
        conversation, request = self.pair(number)
        by = self.person(by, request)
        if by is None:
            return
        arguments = {"author": Author.of_user(self.users[by]), "role": self.role(by), "now": self.now}
        if request.status == "closed":
            closing.close(conversation, **arguments)
        elif by == "anna" or (self.model.works_here(by) and (request.assignee == by or request.routing == "open")):
            closing.close(conversation, **arguments)
            self.model.shut(request)
        else:
            with pytest.raises(NotAllowed):
                closing.close(conversation, **arguments)

    @rule(number=requests)
    def reopen(self, number: int) -> None:
        conversation, request = self.pair(number)
        author = Author.of_user(self.users["anna"])
        closing.reopen(conversation, author=author, role="admin", now=self.now)
        if request.status == "closed":
            self.model.fit(request)
            if request.rang and request.routing == "unclaimed":
                self.model.route(request, self.now, request.last_assignee)

    @rule(number=requests)
    def ring_again(self, number: int) -> None:
        conversation, request = self.pair(number)
        if request.status == "open" and request.routing in {"unclaimed", "assigned"} and not self.model.paused:
            ringing.ring_again(conversation, by=self.users["anna"], now=self.now)
            request.last_assignee = request.assignee or request.last_assignee
            self.model.route(request, self.now)
        else:
            with pytest.raises((Conflict, NotAllowed)):
                ringing.ring_again(conversation, by=self.users["anna"], now=self.now)

    @rule(number=requests, by=agents, hours=st.sampled_from([None, 1, 30]))
    def snooze(self, number: int, by: str, hours: int | None) -> None:
        """Only what somebody holds, by whoever may close it; what rings, waits or is nobody's never."""
        conversation, request = self.pair(number)
        by = self.person(by, request)
        if by is None:
            return
        held = request.status == "open" and request.routing in {"assigned", "open"}
        mine = self.model.works_here(by) and (request.assignee == by or request.routing == "open")
        until = self.now + timedelta(hours=hours) if hours else None
        arguments = {"by": self.users[by], "role": self.role(by), "until": until, "now": self.now}
        if held and (by == "anna" or mine):
            snoozing.snooze(conversation, **arguments)
        else:
            with pytest.raises((Conflict, NotAllowed)):
                snoozing.snooze(conversation, **arguments)

    # --- what changes around them -----------------------------------------------------------------------
    @rule(name=line, available=st.booleans())
    def availability(self, name: str, available: bool) -> None:
        person = self.model.people[name]
        member = self.member(name)
        if member.state != Membership.State.ACTIVE:
            return
        set_availability(member, available=available, now=self.now)
        person.available = available
        self.work_off()

    @rule(name=line)
    def leaves_the_inbox(self, name: str) -> None:
        member = self.member(name)
        if not all(person.works_here for person in self.model.people.values()):
            return  # one leaves in a story, or soon nobody is left to ring at
        set_role(self.cast.inbox, member=member, role="", by="user:1", now=self.now)
        self.model.people[name].works_here = False
        self.work_off()

    @rule(name=st.sampled_from(["cem", "dora"]))
    def is_deactivated(self, name: str) -> None:
        if not all(person.works_here for person in self.model.people.values()):
            return
        deactivate_member(self.member(name), by="user:1", now=self.now)
        self.deactivated.add(name)
        self.model.people[name].works_here = False
        self.work_off()

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        (pause_channel if paused else resume_channel)(self.cast.support, by="user:1", now=self.now)
        self.model.paused = paused
        self.work_off()

    @rule()
    def channel_is_edited(self) -> None:
        """Who holds an offer keeps it; what waits looks at the hours again and goes on waiting."""
        channel = self.cast.support
        edit_channel(
            channel,
            settings=ChannelSettings("Support", "", True, True, SECONDS, "rotation", MAX_ROUNDS),
            by="user:1",
            now=self.now,
        )
        self.work_off()

    @rule(assignment=st.booleans())
    def switch_mode(self, assignment: bool) -> None:
        assigning.switch_mode(self.cast.inbox, assignment=assignment, by=SYSTEM, now=self.now)
        self.model.assignment = assignment
        for request in self.model.requests:
            if request.status == "open" and (request.routing == "open") is assignment:
                request.holder = request.expires = request.opens = None
                self.model.fit(request)
                if not assignment:
                    request.routing = "open"

    @rule(seconds=st.sampled_from([1, 5, 9, 10, 11, 60, 1800, 6 * 3600, 15 * 3600]), tick=st.booleans())
    def time_passes(self, seconds: int, tick: bool) -> None:
        """With the worker behind it, or with nobody settling for a while."""
        self.now += timedelta(seconds=seconds)
        if tick:
            self.tick()

    # --- what always holds ------------------------------------------------------------------------------
    @invariant()
    def it_is_as_the_model_says(self) -> None:
        """Five queries however many requests: it runs after every step."""
        ids = [conversation.pk for conversation in self.conversations]
        heads = ConversationHead.objects.in_bulk(ids)
        logs: dict[int, list[Offer]] = {pk: [] for pk in ids}
        for offer in Offer.objects.filter(conversation__in=ids).order_by("id"):
            logs[offer.conversation_id].append(offer)
        deadlines = list(Due.objects.all())
        for conversation, request in zip(self.conversations, self.model.requests, strict=True):
            head = heads[conversation.pk]
            self._state(head, logs[head.pk], request)
            self._deadlines(head, logs[head.pk], request, deadlines)
            self._log(logs[head.pk])
        assert all(row.attempts == 0 for row in deadlines), "the worker failed"
        assert not Event.objects.filter(attempts__gt=0).exists(), "the worker failed"

    def _state(self, head: ConversationHead, log: list[Offer], request: Request) -> None:
        pending = [offer for offer in log if offer.state == "pending"]
        holder = self.names[pending[0].user_id] if pending else None
        assignee = self.names[head.assignee_id] if head.assignee_id else None
        found = (head.status, head.routing, holder, assignee)
        assert found == (request.status, request.routing, request.holder, request.assignee)
        assert len(pending) == (1 if (head.status, head.routing) == ("open", "ringing") else 0), "INV-04"
        assert (head.assignee_id is not None) == (head.routing == "assigned")
        assert head.last_seq == head.message_count
        if head.snoozed_at is not None:
            assert (head.status, head.routing) in {("open", "assigned"), ("open", "open")}, "out of sight and nobody's"
        if head.status == "open":
            assert (head.routing == "open") is not self.model.assignment, "INV-06"

    def _deadlines(self, head: ConversationHead, log: list[Offer], request: Request, rows: list[Due]) -> None:
        """Nothing that rings or waits is forgotten: its deadline is a row."""
        if (head.status, head.routing) == ("open", "ringing"):
            assert log[-1].expires_at == request.expires
            assert ("offer", log[-1].pk, request.expires) in {(d.kind, d.subject_id, d.due_at) for d in rows}
        if (head.status, head.routing) == ("open", "waiting"):
            assert ("opening", head.pk, request.opens) in {(d.kind, d.subject_id, d.due_at) for d in rows}

        if head.snoozed_until is not None:
            assert ("snooze", head.pk, head.snoozed_until) in {(d.kind, d.subject_id, d.due_at) for d in rows}

    def _log(self, log: list[Offer]) -> None:
        for offer in log:
            assert offer.expires_at - offer.offered_at == timedelta(seconds=SECONDS)
            if offer.state == "timed_out":
                assert offer.ended_at >= offer.expires_at, "never before its time"
            if offer.state == "pending":
                person = self.model.people[self.names[offer.user_id]]
                assert person.available, "whoever is away is not asked"
                assert person.works_here, "nor who is no member (M-33)"
        for before, offer in pairwise(log):
            assert before.state != "pending"
            assert offer.offered_at >= before.ended_at, "one after the other"
            if before.ring == offer.ring:
                assert before.user_id != offer.user_id, "never the same member twice running"
                assert before.round <= offer.round <= MAX_ROUNDS
        assert len({(o.ring, o.round, o.user_id) for o in log}) == len(log)


def conversation_is_closed(conversation: Conversation) -> bool:
    return ConversationHead.objects.get(pk=conversation.pk).status == "closed"


def test_a_ring_in_any_weather(clean_valkey, db):
    """Everything above, a few thousand steps of it, the same ones in every run."""
    run_state_machine_as_test(RingMachine, settings=settings(settings.default, max_examples=60, stateful_step_count=40))
