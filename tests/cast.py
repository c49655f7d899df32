"""The cast of the stories: Nordlicht GmbH with Anna, Ben, Cem and Dora; Süd AG with Udo as the outsider."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module

from accounts.models import User
from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership, Widget
from companies.models import Company, Membership, PlanPackage
from conversations.actions import ringing
from conversations.actions.starting import start_conversation
from conversations.authors import Author
from conversations.models import Conversation, Offer
from customers.models import Customer, Visitor

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
PASSWORD = "correct horse battery"


def make_packages() -> None:
    """The rows of the migration: tests that empty the database take them away, too."""
    for code, rank, users, channels, broadcasts in import_module("companies.migrations.0002_packages").PACKAGES:
        limits = {"max_users": users, "max_channels": channels, "max_broadcasts": broadcasts}
        PlanPackage.objects.get_or_create(code=code, defaults={"rank": rank} | limits)


def make_package(code: str = "M5") -> PlanPackage:
    """A package of the first offer."""
    if not PlanPackage.objects.exists():
        make_packages()
    return PlanPackage.objects.get(code=code)


def make_company(name: str, package: str | None = "M5") -> Company:
    company = Company.objects.create(
        name=name,
        slug=name.lower().replace(" ", "-").replace("ü", "u"),
        package=make_package(package) if package else None,
        package_since=NOW if package else None,
        created_at=NOW,
    )
    Inbox.objects.create(company=company, name="General", is_default=True)
    return company


def make_user(company: Company | None, first: str, last: str, *, role: str = "member", domain: str = "example") -> User:
    # Nobody waits for the seconds of undo, except where a story is about them.
    user = User(
        email=f"{first.lower()}@{domain}.example", first_name=first, last_name=last, created_at=NOW, undo_seconds=0
    )
    # The fast hasher of the test settings; the real one is Argon2.
    user.set_password(PASSWORD)
    user.save()
    if company is not None:
        Membership.objects.create(company=company, user=user, role=role, position="Works here", joined_at=NOW)
    return user


def make_inbox(company: Company, name: str, *members: User, managers: tuple[User, ...] = (), **fields) -> Inbox:
    inbox = Inbox.objects.create(company=company, name=name, **fields)
    for user in members:
        InboxMembership.objects.create(inbox=inbox, user=user)
    for user in managers:
        InboxMembership.objects.create(inbox=inbox, user=user, role=InboxMembership.Role.MANAGER)
    return inbox


def make_channel(inbox: Inbox, name: str, *members: User, **fields) -> Channel:
    channel = Channel.objects.create(company=inbox.company, inbox=inbox, name=name, **fields)
    for position, user in enumerate(members):
        ChannelMember.objects.create(channel=channel, user=user, position=position)
    return channel


def make_widget(company: Company, *channels: Channel, origins: tuple[str, ...] = ("https://shop.example",)) -> Widget:
    widget = Widget.objects.create(company=company, name="Website", allowed_origins=list(origins))
    widget.channels.set(channels)
    return widget


def make_visitor(company: Company, **fields) -> Visitor:
    token = secrets.token_urlsafe(32)
    visitor = Visitor.objects.create(
        company=company,
        number=Visitor.objects.filter(company=company).count() + 1,
        widget_key=fields.pop("widget_key", "pk_test"),
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        created_at=NOW,
        last_seen=NOW,
        **fields,
    )
    visitor.token = token
    return visitor


def make_customer(company: Company, first: str, email: str) -> Customer:
    return Customer.objects.create(company=company, first_name=first, email=email, created_via="form", created_at=NOW)


def write(visitor: Visitor, channel: Channel, body: str = "Hello?", *, now: datetime = NOW, **fields) -> Conversation:
    """A visitor's first message to a channel."""
    conversation, _ = start_conversation(
        company=visitor.company,
        channel=channel,
        author=Author.of_visitor(visitor),
        body=body,
        client_id=fields.pop("client_id", None) or uuid.uuid4(),
        start_id=fields.pop("start_id", None) or uuid.uuid4(),
        origin=Conversation.Origin.WIDGET,
        visitor=visitor,
        now=now,
        **fields,
    )
    return Conversation.objects.select_related("head", "channel", "company", "visitor", "customer").get(
        pk=conversation.pk
    )


def write_by_mail(
    customer: Customer, body: str = "Hello?", *, channel: Channel | None = None, now: datetime = NOW, **fields
) -> Conversation:
    """A customer's first message, as a mail brings it."""
    conversation, _ = start_conversation(
        company=customer.company,
        channel=channel,
        author=Author.of_customer(customer),
        body=body,
        client_id=uuid.uuid4(),
        start_id=uuid.uuid4(),
        origin=Conversation.Origin.EMAIL,
        customer=customer,
        now=now,
        **fields,
    )
    return conversation


def accepted_by(
    user: User, channel: Channel, body: str = "Hello?", *, now: datetime = NOW, visitor=None
) -> Conversation:
    """A request that this user has accepted, the members before them having no time."""
    conversation = write(visitor or make_visitor(channel.company), channel, body, now=now)
    while (offer := Offer.objects.get(conversation=conversation, state="pending")).user_id != user.pk:
        ringing.decline(conversation, user=offer.user, now=now)
    ringing.accept(conversation, user=user, now=now)
    return conversation


@dataclass
class Cast:
    """Everybody and everything; `now` is the Monday morning on which the stories begin."""

    now: datetime
    nordlicht: Company
    anna: User
    ben: User
    cem: User
    dora: User
    inbox: Inbox
    support: Channel
    widget: Widget
    sued: Company
    udo: User

    def member(self, user: User) -> Membership:
        return Membership.objects.select_related("company", "user").get(user=user)


def make_cast() -> Cast:
    """Nordlicht (M5): Anna admin; Ben, Cem, Dora in inbox and channel Support (10 s); Süd AG: Udo."""
    nordlicht, sued = make_company("Nordlicht GmbH"), make_company("Süd AG")
    anna = make_user(nordlicht, "Anna", "Berg", role="admin", domain="nordlicht")
    ben, cem, dora = (
        make_user(nordlicht, first, last, domain="nordlicht")
        for first, last in (("Ben", "Fuchs"), ("Cem", "Aydın"), ("Dora", "Lindqvist"))
    )
    udo = make_user(sued, "Udo", "Maier", role="admin", domain="sued")
    inbox = make_inbox(nordlicht, "Support", ben, cem, dora)
    support = make_channel(inbox, "Support", ben, cem, dora, escalate_after_s=10, purpose="Help with your lamp")
    return Cast(NOW, nordlicht, anna, ben, cem, dora, inbox, support, make_widget(nordlicht, support), sued, udo)
