"""`python -m bench.generate CONVERSATIONS MESSAGES FILE`: one company's years of conversations by COPY; can be repeated
with larger numbers, which adds to what is there. FILE gets the sessions and addresses that bench.pages asks for.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 (Django first)
from django.db.models import F, Field, Model  # noqa: E402
from django.db.models.functions import Abs  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.prepare import make_agents, make_company, sign_in  # noqa: E402
from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership  # noqa: E402
from companies.models import Company, Membership  # noqa: E402
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant  # noqa: E402
from customers.models import Visitor  # noqa: E402
from notifications.models import Notice  # noqa: E402

NAME = "Bench pages"
AGENTS, INBOXES, OPEN_MODE, CHANNELS, INBOXES_EACH = 50, 8, 3, 12, 3
LONGEST = 400  # messages in the long thread that bench.pages opens
USUAL = 12  # in the other one: as many at every size, so that what is compared shows the same
_CHUNK = 20_000
_WORDS = (
    "Guten Tag ich habe eine Frage zu meiner Bestellung von letzter Woche das Paket ist noch nicht angekommen können "
    "Sie bitte nachsehen vielen Dank Hello the lamp flickers when I dim it is that a known problem and can I return "
    "it within the month Hej jag undrar över min faktura den stämmer inte tack på förhand order invoice delivery"
)


@dataclass
class World:
    """What rows refer to: the company's people and places."""

    company: Company
    agents: list[int]
    names: list[str]
    inboxes: list[Inbox]
    channels: list[Channel]
    staff: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def make(cls, now: datetime) -> World:
        """Fifty agents, three of eight inboxes each; the first agent is the company's admin."""
        company = make_company(NAME, now)
        users = make_agents(company, AGENTS, now)
        Membership.objects.filter(user=users[0]).update(role=Membership.Role.ADMIN)
        inboxes = Inbox.objects.bulk_create(
            Inbox(company=company, name=f"Team {n}", assignment_enabled=n < INBOXES - OPEN_MODE, is_default=n == 0)
            for n in range(INBOXES)
        )
        InboxMembership.objects.bulk_create(
            InboxMembership(inbox=inboxes[(number + step) % INBOXES], user=user)
            for number, user in enumerate(users)
            for step in range(INBOXES_EACH)
        )
        channels = Channel.objects.bulk_create(
            Channel(company=company, inbox=inboxes[n % INBOXES], name=f"Topic {n}") for n in range(CHANNELS)
        )
        ChannelMember.objects.bulk_create(
            ChannelMember(channel=channel, user=users[n], position=place)
            for channel in channels
            for place, n in enumerate(range(inboxes.index(channel.inbox), AGENTS, INBOXES))
        )
        return cls.load()

    @classmethod
    def load(cls) -> World:
        """The same from the database."""
        company = Company.objects.get(name=NAME)
        rows = list(Membership.objects.filter(company=company).select_related("user").order_by("user_id"))
        inboxes = list(Inbox.objects.filter(company=company).order_by("id"))
        channels = list(Channel.objects.filter(company=company).select_related("inbox").order_by("id"))
        world = cls(company, [m.user_id for m in rows], [m.user.full_name for m in rows], inboxes, channels)
        for inbox in inboxes:
            worked = InboxMembership.objects.filter(inbox=inbox).order_by("user_id")
            world.staff[inbox.pk] = [world.agents.index(pk) for pk in worked.values_list("user_id", flat=True)]
        return world


@dataclass(frozen=True)
class Plan:
    """One conversation to write; `opener` is its row of the visitors, None for an internal one."""

    pk: int
    number: int
    channel: Channel
    at: datetime
    last: datetime
    messages: int
    status: str
    routing: str
    agent: int
    opener: int | None


class Rows:
    """COPY of one table, a chunk of lines at a time; columns that are not named get their field's default."""

    def __init__(self, model: type[Model], columns: str) -> None:
        named = columns.split(", ")
        meta = model._meta  # noqa: SLF001 (its documented API)
        others = [field for field in meta.concrete_fields if _needs_default(field, named)]
        constant = [field for field in others if not field.unique]
        self.own = [field for field in others if field.unique]  # another value in each row
        self.table = meta.db_table
        self.columns = ", ".join(
            [f'"{name}"' for name in [*named, *(field.column for field in [*constant, *self.own])]]
        )
        self.rest = "".join(f"\t{_as_text(field.get_default())}" for field in constant)
        self.lines: list[str] = []

    def add(self, *values: object) -> None:
        own = "".join(f"\t{_as_text(field.get_default())}" for field in self.own)
        self.lines.append("\t".join(["\\N" if value is None else str(value) for value in values]) + self.rest + own)
        if len(self.lines) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        if self.lines:
            with connection.cursor() as cursor, cursor.copy(f"COPY {self.table} ({self.columns}) FROM STDIN") as copy:
                copy.write("\n".join(self.lines) + "\n")
            self.lines = []


def _needs_default(field: Field, named: list[str]) -> bool:
    if field.column in named or field.primary_key or field.generated:
        return False
    return field.get_default() is not None


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


class Writer:
    """Turns plans into rows of every table that a page reads."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.bodies = [self._sentence() for _ in range(3000)]
        self.visitors = Rows(
            Visitor,
            "id, public_id, company_id, number, widget_key, token_hash, name, email, verified, language, page_url, "
            "page_title, created_at, last_seen",
        )
        self.conversations = Rows(
            Conversation,
            "id, public_id, company_id, number, kind, subject, origin, channel_id, visitor_id, about_id, created_at",
        )
        self.heads = Rows(
            ConversationHead,
            "conversation_id, kind, company_id, inbox_id, status, routing, assignee_id, last_seq, message_count, "
            "last_activity, preview, preview_author, first_reply_at, closed_at, closed_by",
        )
        self.messages = Rows(
            Message,
            "conversation_id, seq, client_id, author_kind, user_id, visitor_id, author_name, body, system_kind, "
            "system_data, via, is_automatic, email_message_id, created_at",
        )
        self.participants = Rows(
            Participant,
            "conversation_id, user_id, visitor_id, side, following, last_read_seq, joined_at, closed_at",
        )
        self.offers = Rows(Offer, "conversation_id, user_id, ring, round, offered_at, expires_at, state, reason")
        self.notices = Rows(
            Notice,
            "conversation_id, user_id, cause, first_seq, last_seq, count, in_app, created_at, state, settled_at",
        )
        self.tables = [
            self.visitors, self.conversations, self.heads, self.messages, self.participants, self.offers, self.notices,
        ]  # fmt: skip

    def _sentence(self) -> str:
        return " ".join(self.chance.choices(_WORDS.split(), k=self.chance.randint(4, 40))).capitalize() + "."

    def write(self, plans: Iterable[Plan]) -> None:
        """All rows of the plans."""
        for plan in plans:
            self._write_one(plan)
        for table in self.tables:
            table.flush()

    def _write_one(self, plan: Plan) -> None:
        company, agent = self.world.company.pk, self.world.agents[plan.agent]
        kind = "internal" if plan.opener is None else "customer"
        assignee = agent if plan.routing == "assigned" else None
        about = plan.pk - 1 if plan.opener is None else None
        channel = None if plan.opener is None else plan.channel.pk
        subject = self.chance.choice(self.bodies)[:60]
        self.conversations.add(
            plan.pk, self._uuid(), company, plan.number, kind, subject, "widget" if about is None else "app", channel,
            plan.opener, about, plan.at,
        )  # fmt: skip
        closed = plan.last if plan.status != "open" else None
        body = self._messages(plan, agent)
        self.heads.add(
            plan.pk, kind, company, plan.channel.inbox_id, plan.status, plan.routing, assignee, plan.messages,
            plan.messages, plan.last, body[:140], self.world.names[plan.agent], plan.last, closed,
            self.world.names[plan.agent] if closed else "",
        )  # fmt: skip
        if plan.opener is not None:
            self._visitor(plan)
            self.participants.add(plan.pk, None, plan.opener, "requester", "t", plan.messages, plan.at, None)
        self.participants.add(plan.pk, agent, None, "team", "t", plan.messages - 1, plan.at, closed)
        if plan.routing == "ringing":
            self.offers.add(plan.pk, agent, 1, 1, plan.last, plan.last + timedelta(days=1), "pending", "")
        if plan.status == "open" and assignee and plan.pk % 3 == 0:
            self.notices.add(
                plan.pk, agent, "message", plan.messages, plan.messages, 1, "t", plan.last, "emailed", plan.last
            )

    def _visitor(self, plan: Plan) -> None:
        name = "" if plan.pk % 3 else f"Visitor {plan.number}"
        email = f"person{plan.opener}@mail.example" if plan.pk % 2 else ""
        self.visitors.add(
            plan.opener, self._uuid(), self.world.company.pk, plan.number, "pk_bench", f"pages-{plan.opener}", name,
            email, "f", "en", "https://shop.example/lamps", "Lamps", plan.at, plan.last,
        )  # fmt: skip

    def _messages(self, plan: Plan, agent: int) -> str:
        step = (plan.last - plan.at) / max(1, plan.messages)
        name, body = self.world.names[plan.agent], ""
        for seq in range(1, plan.messages + 1):
            body, team = self.chance.choice(self.bodies), plan.opener is None or seq % 2 == 0
            self.messages.add(
                plan.pk, seq, self._uuid(), "user" if team else "visitor", agent if team else None,
                None if team else plan.opener, name if team else "Visitor", body, "", "{}", "app" if team else "widget",
                "f", "", plan.at + step * seq,
            )  # fmt: skip
        return body

    def _uuid(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"


def plans(world: World, first: int, count: int, messages: int, start: dict[str, int], now: datetime) -> Iterable[Plan]:
    """Conversations number first+1 … count, the newest last; about `messages` messages in all of them together."""
    chance = random.Random(first)
    span, average = timedelta(days=730), max(1.0, messages / max(1, count - first))
    long = (count - 100) - (count - 101) % CHANNELS  # of the second topic: agent 1 works in its inbox
    for n in range(first, count):
        internal = n % 20 == 19
        channel = world.channels[(n - internal) % CHANNELS]
        age = span * ((count - n) / count)
        size = min(60, 1 + int(chance.expovariate(1 / (average - 0.5))))
        size = LONGEST if n == long else size
        status, routing = _state(world, channel, chance, n, first, count, internal=internal)
        staff = world.staff[channel.inbox_id]
        last = now - age + timedelta(minutes=size)
        yield Plan(
            start["conversation"] + n, n + 1, channel, now - age, min(last, now), size, status, routing,
            chance.choice(staff), None if internal else start["visitor"] + n,
        )  # fmt: skip


def _state(
    world: World, channel: Channel, chance: random.Random, n: int, first: int, count: int, *, internal: bool
) -> tuple[str, str]:
    """Status and routing: what is open is mostly new; old things are locked."""
    share = (n - first) / (count - first)
    recent = 0.75 if first == 0 else 0.9
    status = "open" if share > recent and chance.random() < 0.8 else ("closed" if share > 0.8 else "locked")
    if internal:
        return status, "none"
    if not channel.inbox.assignment_enabled:
        return status, "open"
    drawn = chance.random()
    if drawn < 0.06:
        return status, "unclaimed"
    if drawn < 0.065 and status == "open":
        return status, "ringing"
    return status, "assigned"


def _starts() -> dict[str, int]:
    """Row number n of our company has the primary key start + n, in this run and in later ones."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_start (name text PRIMARY KEY, first bigint)")
        cursor.execute(
            "INSERT INTO bench_start SELECT 'conversation', coalesce(max(id), 0) + 1 FROM conversations_conversation "
            "UNION ALL SELECT 'visitor', coalesce(max(id), 0) + 1 FROM customers_visitor ON CONFLICT DO NOTHING"
        )
        cursor.execute("SELECT name, first FROM bench_start")
        return dict(cursor.fetchall())


def _finish() -> None:
    """Sequences behind the rows that COPY numbered itself, and statistics as autovacuum would make them."""
    with connection.cursor() as cursor:
        for table in ("conversations_conversation", "customers_visitor"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("VACUUM (ANALYZE)")


def _addresses(world: World, now: datetime) -> dict:
    """Who asks and for what: the admin, who sees all inboxes, and a team member with three of them."""
    from accounts.models import User  # noqa: PLC0415

    people = list(User.objects.filter(pk__in=world.agents[:2]).order_by("pk"))
    long = Conversation.objects.filter(company=world.company, head__message_count=LONGEST).latest("id")
    member_inboxes = InboxMembership.objects.filter(user=people[1]).values("inbox")
    usual = (
        Conversation.objects.filter(company=world.company, kind="customer", head__status="open")
        .filter(head__inbox__in=member_inboxes, head__routing__in=["assigned", "open"])
        .order_by(Abs(F("head__message_count") - USUAL), "-id")[0]
    )
    return {
        "people": dict(zip(("admin", "member"), sign_in(people, now), strict=True)),
        "conversation": str(usual.public_id),
        "long_conversation": str(long.public_id),
        "inbox": str(InboxMembership.objects.filter(user=people[1]).order_by("pk").first().inbox.public_id),
        "conversations": Conversation.objects.filter(company=world.company).count(),
        "messages": Message.objects.filter(conversation__company=world.company).count(),
    }


def main(count: int, messages: int, file: Path) -> None:
    """Fills up to so many conversations and about so many messages."""
    now = timezone.now()
    with transaction.atomic():
        known = Company.objects.filter(name=NAME).exists()
        world = World.load() if known else World.make(now)
        first = Conversation.objects.filter(company=world.company).count()
        had = Message.objects.filter(conversation__company=world.company).count()
        start = _starts()
        with connection.cursor() as cursor:
            # Foreign keys are checked row by row otherwise; the rows here refer to what was written a line before.
            cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
        Writer(world, random.Random(first + 1)).write(plans(world, first, count, messages - had, start, now))
        Company.objects.filter(pk=world.company.pk).update(next_number=count + 1)
    _finish()
    file.write_text(json.dumps(_addresses(World.load(), timezone.now())))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
