"""The demonstration data: two companies with their people, channels, a chat widget and what was said so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.actions import create_user
from channels_app.actions.channels import ChannelSettings, add_member, create_channel
from channels_app.actions.founding import found_company
from channels_app.actions.inboxes import create_inbox, set_role
from channels_app.actions.widgets import WidgetSettings, create_widget, edit_widget
from channels_app.models import Channel, Inbox, Widget
from channels_app.selectors import default_inbox
from companies.actions.members import add_member as add_to_company
from companies.actions.packages import activate_package
from companies.events import OPERATOR
from companies.models import Company, Membership, PlanPackage
from conversations.actions.searching import read_in
from conversations.authors import Author
from events.models import Event
from events.publish import unit
from memo import demo_public, env
from memo.demo_replay import replay

PASSWORD = env.text("MEMO_DEMO_PASSWORD", "memo-demo-2026")
NORDLICHT, SUED = "nordlicht", "sued"
ZONE = "Europe/Berlin"
# What is younger is reacted to as if it happened now: its reader has a green bubble, and after a minute a mail.
RECENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Login:
    """How somebody of the demonstration signs in."""

    name: str
    email: str
    password: str
    company: str


def exists() -> bool:
    """Whether the demonstration companies are there already."""
    return Company.objects.filter(slug__in=[NORDLICHT, SUED]).exists()


def build(*, now: datetime) -> None:
    """Make everything, or nothing. What happened long ago is settled: nobody is mailed about it now."""
    with unit():
        _nordlicht(now)
        _sued(now)
        companies = {slug: Company.objects.get(slug=slug) for slug in (NORDLICHT, SUED)}
        for slug, company in companies.items():
            replay(slug, company, now=now)
            demo_public.publish(company, now=now)
        demo_public.talk(now=now)
        ours = Q(company_id__in=[company.pk for company in companies.values()])
        ours |= Q(company_id=None, by__in=[Author.of_user(member.user).key for member in demo_public.members()])
        _settle(Event.objects.filter(ours, at__lt=now - RECENT), now)


def _settle(events: QuerySet[Event], now: datetime) -> None:
    """Nothing of it is told to anybody; found it is all the same."""
    read_in(list(events.filter(kind="message.posted").values_list("subject_id", "data__seq")))
    events.update(reacted_at=now)


def _nordlicht(now: datetime) -> None:
    anna = found_company(
        name="Nordlicht GmbH",
        slug=NORDLICHT,
        language="en",
        time_zone=ZONE,
        admin_email="anna@nordlicht.example",
        admin_first_name="Anna",
        admin_last_name="Berg",
        admin_password=PASSWORD,
        by=OPERATOR,
        now=now,
    )
    company = _with_package(anna.company, now)
    names = (("Ben", "Fuchs", "Service"), ("Cem", "Aydın", "Warehouse"), ("Dora", "Lindqvist", "Accounts"))
    ben, cem, dora = (_member(company, *name, now=now) for name in names)
    for member in (ben, cem, dora):
        set_role(default_inbox(company), member=member, role="team_member", by=OPERATOR, now=now)
    support = _channel(company, "Support", "Questions about your lamp or your order", (ben, cem, dora), 60, now)
    sales = _channel(company, "Sales", "Prices, samples, large orders", (ben, dora), 120, now)
    set_role(sales.inbox, member=dora, role="manager", by=OPERATOR, now=now)
    settings = WidgetSettings(name="Website", greeting="Hello! How can we help you?")
    create_widget(company, settings=settings, channels=[support, sales], by=OPERATOR, now=now)


def _sued(now: datetime) -> None:
    udo = found_company(
        name="Süd AG",
        slug=SUED,
        language="de",
        time_zone=ZONE,
        admin_email="udo@sued.example",
        admin_first_name="Udo",
        admin_last_name="Maier",
        admin_password=PASSWORD,
        by=OPERATOR,
        now=now,
    )
    company = _with_package(udo.company, now)
    channel = _channel(company, "Beratung", "Fragen zu Küchen und Terminen", (udo,), 120, now)
    settings = WidgetSettings(name="Website", greeting="Guten Tag! Was dürfen wir für Sie tun?")
    create_widget(company, settings=settings, channels=[channel], by=OPERATOR, now=now)


def _with_package(company: Company, now: datetime) -> Company:
    return activate_package(company, package=PlanPackage.objects.get(code="M5"), by=OPERATOR, now=now)


def _member(company: Company, first: str, last: str, position: str, *, now: datetime) -> Membership:
    user = create_user(
        email=f"{first.lower()}@{company.slug}.example",
        first_name=first,
        last_name=last,
        password=PASSWORD,
        language=company.language,
        time_zone=company.time_zone,
    )
    return add_to_company(company, user=user, position=position, role="member", by=OPERATOR, now=now)


def _channel(
    company: Company, name: str, purpose: str, members: Iterable[Membership], seconds: int, now: datetime
) -> Channel:
    inbox: Inbox = create_inbox(company, name=name, by=OPERATOR, now=now)
    settings = ChannelSettings(name=name, purpose=purpose, escalate_after_s=seconds)
    channel = create_channel(company, settings=settings, inbox=inbox, by=OPERATOR, now=now)
    for member in members:
        add_member(channel, member=member, by=OPERATOR, now=now)
    return channel


def widget() -> Widget:
    """Nordlicht's widget; raises Widget.DoesNotExist when somebody deleted it."""
    return Widget.objects.filter(company__slug=NORDLICHT).order_by("id")[:1].get()


def allow(origins: Iterable[str], *, now: datetime) -> None:
    """The widget may stand there too; raises BadOrigin."""
    found = widget()
    settings = WidgetSettings(
        name=found.name,
        origins=[*found.allowed_origins, *origins],
        colour=found.colour,
        greeting=found.greeting,
        ask_identity=found.ask_identity,
        verified_only=found.verified_only,
        store_page_url=found.store_page_url,
        share_page=found.share_page,
        share_typing=found.share_typing,
        active=found.active,
    )
    edit_widget(found, settings=settings, channels=list(found.channels.all()), by=OPERATOR, now=now)


def logins() -> list[Login]:
    """Everybody who works in the demonstration companies."""
    members = (
        Membership.objects.filter(company__slug__in=[NORDLICHT, SUED], state=Membership.State.ACTIVE)
        .select_related("user", "company")
        .order_by("company__name", "id")
    )
    return [Login(m.user.full_name, m.user.email, PASSWORD, m.company.name) for m in members]
