"""Two companies, nine kinds of callers and five kinds of objects: what the matrix of tests/test_tenancy.py runs over."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from channels_app.models import Holiday, Inbox, InboxMembership
from companies import roles
from companies.models import Company, ContactPerson, Invitation, Membership
from conversations.actions import assigning
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation, Later, SavedView
from customers.models import Visitor
from tests.cast import (
    NOW,
    make_channel,
    make_company,
    make_customer,
    make_inbox,
    make_user,
    make_visitor,
    make_widget,
    write,
)
from texts.models import SavedReply


@dataclass(frozen=True)
class Actor:
    """A caller: a login (with or without a company) or a visitor, or nobody."""

    name: str
    user: User | None = None
    company: Company | None = None
    visitor: Visitor | None = None

    @property
    def is_member(self) -> bool:
        return self.company is not None


@dataclass(frozen=True)
class Thing:
    """What a route may be about: one company's inbox with all that hangs on it."""

    name: str
    company: Company
    inbox: Inbox
    conversation: Conversation
    channel: object
    widget: object
    file: object
    visitor: Visitor
    assignee: User | None = None
    internal: bool = False
    waiting: Later | None = None  # a message of somebody there that is sent later
    reply: SavedReply | None = None


@dataclass
class World:
    """Actors and things, and who stands how to what."""

    actors: list[Actor]
    things: list[Thing]
    colleagues: dict[int, list[User]] = field(default_factory=dict)
    stand_ins: dict[int, User] = field(default_factory=dict)
    contact_persons: dict[int, ContactPerson] = field(default_factory=dict)
    invitations: dict[int, Invitation] = field(default_factory=dict)
    saved_views: dict[int, SavedView] = field(default_factory=dict)
    _roles: dict[tuple[str, str], str] = field(default_factory=dict)
    _memberships: dict[int, Membership] = field(default_factory=dict)

    def role(self, actor: Actor, thing: Thing) -> str:
        """The actor's column of the permission matrix for this thing."""
        key = (actor.name, thing.name)
        if key not in self._roles:
            self._roles[key] = self._role(actor, thing)
        return self._roles[key]

    def _role(self, actor: Actor, thing: Thing) -> str:
        if actor.company != thing.company:
            return roles.FOREIGN
        if Membership.objects.get(user=actor.user).is_admin:
            return roles.ADMIN
        row = InboxMembership.objects.filter(inbox=thing.inbox, user=actor.user).first()
        return row.role if row else roles.USER

    def readable(self, actor: Actor) -> set[str]:
        """The canaries that this actor may come across: the ones of conversations they may open."""
        return {canary(thing.name) for thing in self.things if self._may_read(actor, thing)}

    def _may_read(self, actor: Actor, thing: Thing) -> bool:
        if actor.visitor is not None:
            return not thing.internal and thing.visitor == actor.visitor
        action = "internal.read" if thing.internal else "customer.read"
        return actor.is_member and roles.allowed(self.role(actor, thing), action, own=False)

    def colleague(self, actor: Actor, thing: Thing) -> Membership:
        """Somebody else of the thing's company, without any role there."""
        user = next(user for user in self.colleagues[thing.company.pk] if user != actor.user)
        return self._membership(user)

    def body(self, fields: dict, thing: Thing, actor: Actor) -> dict:
        """The policy's words for people of the thing's company, as public ids."""
        words = {
            "member": lambda: str(self.colleague(actor, thing).public_id),
            "colleague": lambda: str(self._membership(self.stand_ins[thing.inbox.pk]).public_id),
            "in line": lambda: str(thing.channel.members.get().user.public_id),
        }
        return {
            key: words[value]() if isinstance(value, str) and value in words else value for key, value in fields.items()
        }

    def _membership(self, user: User) -> Membership:
        if user.pk not in self._memberships:
            self._memberships[user.pk] = Membership.objects.select_related("user").get(user=user)
        return self._memberships[user.pk]

    def facts(self, actor: Actor, thing: Thing) -> dict[str, bool]:
        """What the conditional cells of the matrix ask for. Nobody here takes part by following."""
        return {
            "own": False,
            "assigned": thing.assignee is not None and thing.assignee == actor.user and not thing.internal,
            "fresh": thing.assignee is None and not thing.internal,
            "switch": True,
        }


def make_world() -> World:
    """Nordlicht: Anna admin, Mia manages Support, Ben works there, Cem in Sales only, Eva nowhere. Süd: Udo admin."""
    nordlicht, sued = make_company("Nordlicht GmbH"), make_company("Süd AG")
    people = {
        first: make_user(nordlicht, first, last, role=role, domain="nordlicht")
        for first, last, role in (
            ("Anna", "Berg", "admin"),
            ("Mia", "Holm", "member"),
            ("Ben", "Fuchs", "member"),
            ("Cem", "Aydın", "member"),
            ("Eva", "Kern", "member"),
        )
    }
    udo = make_user(sued, "Udo", "Maier", role="admin", domain="sued")
    ute = make_user(sued, "Ute", "Braun", domain="sued")
    lea = make_user(None, "Lea", "Kunz", domain="abc")
    customer = make_customer(nordlicht, "Lea", "lea@abc.example")
    customer.user = lea
    customer.save()
    support = _thing(
        "own", nordlicht, make_inbox(nordlicht, "Support", people["Ben"], managers=(people["Mia"],)), people["Ben"]
    )
    sales = _thing("other inbox's", nordlicht, make_inbox(nordlicht, "Sales", people["Cem"]), people["Cem"])
    foreign = _thing("foreign company's", sued, make_inbox(sued, "Hilfe", udo), udo)
    actors = [
        Actor("anonymous"),
        Actor("visitor", visitor=support.visitor),
        Actor("other visitor", visitor=make_visitor(nordlicht, widget_key=support.widget.public_key)),
        Actor("customer with a login", user=lea),
        Actor("foreign company's admin", user=udo, company=sued),
        Actor("member without role", user=people["Eva"], company=nordlicht),
        Actor("team member", user=people["Ben"], company=nordlicht),
        Actor("manager", user=people["Mia"], company=nordlicht),
        Actor("admin", user=people["Anna"], company=nordlicht),
    ]
    things = [support, _unclaimed(support), _beside(support, people["Ben"]), sales, foreign]
    stand_ins = {support.inbox.pk: people["Mia"], sales.inbox.pk: people["Anna"], foreign.inbox.pk: udo}
    colleagues = {nordlicht.pk: [people["Eva"], people["Cem"]], sued.pk: [ute, udo]}
    named = {
        company.pk: ContactPerson.objects.create(company=company, name="Helga Voss", function="Sales")
        for company in (nordlicht, sued)
    }
    invitations = {
        company.pk: Invitation.objects.create(
            company=company,
            email=f"new@{company.slug}.example",
            first_name="Nina",
            last_name="Neu",
            position="Service",
            token_hash=company.slug,
            expires_at=timezone.now() + timedelta(days=7),
        )
        for company in (nordlicht, sued)
    }
    shared = {
        thing.inbox.pk: SavedView.objects.create(
            company=thing.company,
            inbox=thing.inbox,
            name=canary(thing.name)[:40],
            icon="star",
            words={"view": "open", "inbox": str(thing.inbox.public_id)},
        )
        for thing in (support, sales, foreign)
    }
    return World(actors, things, colleagues, stand_ins, named, invitations, shared)


def _thing(name: str, company: Company, inbox: Inbox, assignee: User) -> Thing:
    channel = make_channel(inbox, inbox.name, assignee, escalate_after_s=3600)
    Holiday.objects.create(channel=channel, date=date(2026, 12, 25), name="Christmas")
    widget = make_widget(company, channel)
    visitor = make_visitor(company, widget_key=widget.public_key)
    conversation = write(visitor, channel, canary(name))
    manager = Membership.objects.filter(company=company, role="admin").first()
    assigning.assign(conversation, to=assignee, by=manager.user, role=roles.ADMIN, now=NOW)
    file = _file(conversation, Author.of_visitor(visitor), name)
    reply = SavedReply.objects.create(company=company, inbox_id=inbox.pk, title="Hello", text="Hello!", updated_at=NOW)
    things = (channel, widget, file, visitor, assignee, False, _waiting(conversation, assignee), reply)
    return Thing(name, company, inbox, conversation, *things)


def _waiting(conversation: Conversation, author: User, kind: str = "reply") -> Later:
    """A message of theirs that is sent some day."""
    return Later.objects.create(
        conversation=conversation,
        user=author,
        client_id=uuid.uuid4(),
        kind=kind,
        body="Some day.",
        scheduled=True,
        due_at=NOW + timedelta(days=1),
        created_at=NOW,
    )


def _unclaimed(thing: Thing) -> Thing:
    """A second conversation of the same visitor that nobody has taken yet."""
    conversation = write(thing.visitor, thing.channel, canary("own, unclaimed"), now=NOW + timedelta(seconds=1))
    manager = Membership.objects.filter(company=thing.company, role="admin").first().user
    assigning.assign(conversation, to=manager, by=manager, role=roles.ADMIN, now=NOW)
    assigning.release(conversation, by=manager, role=roles.ADMIN, now=NOW)
    conversation.participants.filter(user=manager).delete()
    file = _file(conversation, Author.of_visitor(thing.visitor), "own, unclaimed")
    rest = (thing.channel, thing.widget, file, thing.visitor, None, False)
    waiting = _waiting(conversation, thing.assignee)
    return Thing("own, unclaimed", thing.company, thing.inbox, conversation, *rest, waiting, thing.reply)


def _beside(thing: Thing, user: User) -> Thing:
    """The internal conversation beside the first."""
    member = Membership.objects.select_related("company", "user").get(user=user)
    side = side_conversation(thing.conversation, member=member, now=NOW)
    side.participants.all().delete()
    file = _file(side, Author.of_user(user), "own, internal")
    rest = (thing.channel, thing.widget, file, thing.visitor)
    waiting = _waiting(side, user, kind="internal")
    return Thing(
        "own, internal", thing.company, thing.inbox, side, *rest, internal=True, waiting=waiting, reply=thing.reply
    )


def canary(name: str) -> str:
    """The word that stands in every text of a thing; whoever may not read the thing must never get it."""
    return "CANARY" + "".join(part.capitalize() for part in re.findall(r"[a-z]+", name)) + "END"


def _file(conversation: Conversation, author: Author, name: str):
    company = conversation.company
    stored = accept_upload(
        company=company,
        uploader=author.key,
        file=SimpleUploadedFile("f", canary(name).encode()),
        name="plan.txt",
        now=NOW,
    )
    post_message(
        conversation,
        author=author,
        body=canary(name),
        client_id=uuid.uuid4(),
        via="app" if author.is_team else "widget",
        role="team_member",
        attachments=(stored.public_id,),
        now=NOW,
    )
    return stored
