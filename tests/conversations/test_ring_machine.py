"""A ring under everything that can happen to it, in any order, beside a simple model of the rules.

INV-04, INV-05, INV-06, INV-18, M-33 … M-39, E-08 … E-10, R-12: after every step the invariants of a ring hold in the
database, and it says what the model says.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from channels_app.actions.channels import ChannelSettings, edit_channel, pause_channel, resume_channel
from channels_app.actions.inboxes import set_role
from companies.actions.members import deactivate_member, set_availability
from companies.models import Membership
from conversations.actions import assigning, closing, reading, ringing, snoozing
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Message
from tests.cast import write
from tests.conversations.ring_ground import AGENTS, LINE, MOST, SECONDS, RingGround
from tests.conversations.ring_model import MAX_ROUNDS, Request

requests = st.integers(0, MOST - 1)
line = st.sampled_from(LINE)
# Whom it concerns at that moment, or anybody: most people's attempts are refused, and say nothing new.
agents = st.sampled_from(["holder", "assignee", *AGENTS])


class RingMachine(RingGround):
    """Everything that people, settings and time do to a ring; the clock is `self.now`."""

    @initialize()
    def begin(self) -> None:
        self.prepare()
        self.visitor_starts()

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


def conversation_is_closed(conversation: Conversation) -> bool:
    return ConversationHead.objects.get(pk=conversation.pk).status == "closed"


def test_a_ring_in_any_weather(clean_valkey, db):
    """Everything above, a few thousand steps of it, the same ones in every run."""
    run_state_machine_as_test(RingMachine, settings=settings(settings.default, max_examples=60, stateful_step_count=40))
