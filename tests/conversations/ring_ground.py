"""What the machine of test_ring_machine.py stands on: the cast beside the model, the worker's clock, what always holds."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from channels_app.models import OpeningHours
from channels_app.selectors import role_in
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Offer
from events import due, tasks
from events.models import Due, Event
from tests.cast import make_cast, make_visitor
from tests.conversations.ring_model import CLOSES, MAX_ROUNDS, OPENS, Request, Ring

SECONDS = 10
LINE = ["ben", "cem", "dora"]
AGENTS = [*LINE, "anna"]
MOST = 2


class RingGround(RuleBasedStateMachine):
    """Nordlicht's Support: Ben, Cem, Dora; Anna is admin; up to two visitors. The clock is `self.now`."""

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

    def prepare(self) -> None:
        """The cast, the channel with its hours, the visitors, and the model beside them."""
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

    # --- the worker, and its clock in the model ---------------------------------------------------------
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
