"""What may be seen of inboxes, channels and widgets, and the line of a ring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Collate

from channels_app import hours
from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership, Widget
from channels_app.rotation import Place
from companies import roles
from companies.models import Company, Membership
from companies.selectors import colleagues
from events import presence
from events.prepared import Prepared
from ui.paging import page


def inboxes_for(member: Membership) -> QuerySet[Inbox]:
    """The inboxes that a member works in: own roles, all of them for a company admin; none without licence (G-33)."""
    if not member.engagement_licence:
        return Inbox.objects.none()
    own = Inbox.objects.filter(company=member.company)
    return own if member.is_admin else own.filter(inbox_memberships__user=member.user)


def roles_in_inboxes(member: Membership) -> list[tuple[Inbox, str]]:
    """Every inbox that the member works in, by name, with their role there; one query."""
    if not member.engagement_licence:
        return []
    if member.is_admin:
        return [(inbox, roles.ADMIN) for inbox in _INBOXES.rows(member.company_id)]
    return [(row.inbox, row.role) for row in _ROLES.rows(member.user_id, member.company_id)]


_INBOXES = Prepared(lambda company_id: Inbox.objects.filter(company_id=company_id).order_by("name", "id"))
_ROLES = Prepared(
    lambda user_id, company_id: (
        InboxMembership.objects.select_related("inbox")
        .filter(user_id=user_id, inbox__company_id=company_id)
        .order_by("inbox__name", "inbox_id")
    )
)


def inbox_for(member: Membership, public_id: UUID) -> Inbox:
    """One inbox the member works in; raises Inbox.DoesNotExist for foreign and missing alike."""
    return inboxes_for(member).get(public_id=public_id)


def role_in(member: Membership, inbox: Inbox | None) -> str:
    """The member's role in the inbox, as a column of companies.roles (A-21: admins are admins everywhere)."""
    if inbox is None or inbox.company_id != member.company_id or not member.engagement_licence:
        return roles.USER
    if member.is_admin:
        return roles.ADMIN
    row = InboxMembership.objects.filter(inbox=inbox, user=member.user).first()
    return row.role if row else roles.USER


def managed_inboxes(member: Membership) -> QuerySet[Inbox]:
    """Inboxes whose settings the member may change."""
    mine = inboxes_for(member)
    if member.is_admin:
        return mine
    return mine.filter(inbox_memberships__user=member.user, inbox_memberships__role=InboxMembership.Role.MANAGER)


def managed_channel(member: Membership, public_id: UUID) -> Channel:
    """A channel the member may set up; raises Channel.DoesNotExist."""
    return Channel.objects.select_related("inbox", "company").get(
        inbox__in=managed_inboxes(member), public_id=public_id
    )


def people_of_inbox(inbox: Inbox) -> QuerySet[Membership]:
    """Active, licensed members who work in the inbox (rows and company admins), by name."""
    return _people(inbox.pk, inbox.company_id)


def team_of_inbox(inbox: Inbox) -> list[Membership]:
    """The same people, as they are now."""
    return _TEAM.rows(inbox.pk, inbox.company_id)


def _people(inbox_id: int, company_id: int) -> QuerySet[Membership]:
    rows = Membership.objects.select_related("user").filter(
        company_id=company_id, state=Membership.State.ACTIVE, engagement_licence=True
    )
    team = InboxMembership.objects.filter(inbox_id=inbox_id).values("user_id")
    rows = rows.filter(Q(role=Membership.Role.ADMIN) | Q(user_id__in=team))
    return rows.order_by("user__first_name", "user__last_name", "id")


_TEAM = Prepared(_people)


def managers_of_inbox(inbox_id: int, company_id: int) -> set[int]:
    """User ids of the inbox's managers and the company's admins."""
    managers = InboxMembership.objects.filter(inbox_id=inbox_id, role=InboxMembership.Role.MANAGER).values("user_id")
    return set(
        Membership.objects.filter(company_id=company_id, state=Membership.State.ACTIVE, engagement_licence=True)
        .filter(Q(role=Membership.Role.ADMIN) | Q(user_id__in=managers))
        .values_list("user_id", flat=True)
    )


def users_of_inboxes(inbox_ids: Iterable[int]) -> dict[int, set[int]]:
    """inbox id → user ids of all who work there (members and admins); three queries however many inboxes."""
    companies = dict(Inbox.objects.filter(id__in=list(inbox_ids)).values_list("id", "company_id"))
    if not companies:
        return {}
    working = Membership.objects.filter(
        company_id__in=set(companies.values()), state=Membership.State.ACTIVE, engagement_licence=True
    )
    admins = working.filter(role=Membership.Role.ADMIN).values_list("company_id", "user_id")
    rows = InboxMembership.objects.filter(
        inbox_id__in=companies, user_id__in=working.values("user_id"), user__memberships__in=working
    )
    people = {inbox: {user for company, user in admins if company == companies[inbox]} for inbox in companies}
    for inbox, user in rows.values_list("inbox_id", "user_id"):
        people[inbox].add(user)
    return people


def licensed_users(company_ids: Iterable[int], user_ids: Iterable[int]) -> dict[int, set[int]]:
    """company id → those of these users who work there with an engagement licence."""
    working = Membership.objects.filter(
        company_id__in=set(company_ids),
        user_id__in=set(user_ids),
        state=Membership.State.ACTIVE,
        engagement_licence=True,
    )
    found: dict[int, set[int]] = {company_id: set() for company_id in company_ids}
    for company_id, user_id in working.values_list("company_id", "user_id"):
        found[company_id].add(user_id)
    return found


def line_of(channel: Channel) -> list[Place]:
    """The ring of a channel: active, licensed members who work in its inbox, with their availability and presence."""
    rows = list(ChannelMember.objects.filter(channel=channel).values_list("user_id", "position", "last_offered_at"))
    ready = dict(
        Membership.objects.filter(
            company_id=channel.company_id,
            user_id__in=[row[0] for row in rows],
            state=Membership.State.ACTIVE,
            engagement_licence=True,
            user__is_active=True,
        )
        # Without a role in the inbox one could accept and then not answer.
        .filter(Q(role=Membership.Role.ADMIN) | Q(user__inbox_memberships__inbox=channel.inbox_id))
        .values_list("user_id", "available")
    )
    online = presence.online(ready)
    return [
        Place(user_id, position, offered, ready[user_id], user_id in online)
        for user_id, position, offered in rows
        if user_id in ready
    ]


def schedule_of(channel: Channel) -> tuple[list[hours.Slot], set, ZoneInfo]:
    """Slots, holidays and zone for channels_app.hours."""
    slots = [hours.Slot(*row) for row in channel.hours.values_list("weekday", "opens", "closes")]
    holidays = set(channel.holidays.values_list("date", flat=True))
    return slots, holidays, ZoneInfo(channel.company.time_zone)


def is_open(channel: Channel, now: datetime) -> bool:
    """Whether the channel is within its hours."""
    return hours.is_open(*schedule_of(channel), now)


def next_opening(channel: Channel, now: datetime) -> datetime | None:
    """When the channel opens next; `now` itself while it is open."""
    return hours.next_opening(*schedule_of(channel), now)


def widget_by_key(public_key: str) -> Widget:
    """An active widget of a company that is not suspended; raises Widget.DoesNotExist."""
    return (
        Widget.objects.select_related("company", "company__package")
        .filter(active=True, company__suspended_at=None, company__package__isnull=False)
        .get(public_key=public_key)
    )


def channels_of_widget(widget: Widget) -> QuerySet[Channel]:
    """The topics that a visitor may choose from: active channels of the widget."""
    return widget.channels.filter(state=Channel.State.ACTIVE).select_related("inbox", "company")


def channels_for_others(company: Company) -> QuerySet[Channel]:
    """The channels that users of other companies may write to, with their hours and holidays (three queries)."""
    rows = Channel.objects.filter(company=company, listed=True, state=Channel.State.ACTIVE)
    return rows.prefetch_related("hours", "holidays").order_by("name", "id")


def managed_widgets(member: Membership) -> QuerySet[Widget]:
    """Widgets that offer only channels of inboxes the member manages."""
    foreign = Channel.objects.filter(company=member.company).exclude(inbox__in=managed_inboxes(member))
    widgets = Widget.objects.filter(company=member.company).prefetch_related("channels")
    return (
        widgets if member.is_admin else widgets.exclude(channels__in=foreign).filter(channels__isnull=False).distinct()
    )


def default_inbox(company: Company) -> Inbox:
    """The inbox for what came through no channel."""
    return Inbox.objects.get(company=company, is_default=True)


def users_by_id(user_ids: Iterable[int]) -> dict:
    """id → user."""
    return get_user_model().objects.in_bulk(list(user_ids))


def may(member: Membership, action: str, inbox: Inbox | None = None) -> bool:
    """Whether the member's role in the inbox (without one: in the company) allows `action` of companies.roles."""
    if inbox is None:
        return roles.allowed(roles.ADMIN if member.is_admin else roles.USER, action)
    return roles.allowed(role_in(member, inbox), action)


def channel_seen_by(member: Membership, public_id: UUID) -> Channel:
    """A channel of an inbox the member works in; raises Channel.DoesNotExist for foreign and missing alike."""
    return Channel.objects.select_related("inbox", "company").get(inbox__in=inboxes_for(member), public_id=public_id)


def managed_channels(member: Membership) -> QuerySet[Channel]:
    """Channels whose settings the member may change, with inbox and line."""
    return (
        Channel.objects.filter(inbox__in=managed_inboxes(member))
        .select_related("inbox")
        .prefetch_related("members__user")
        .order_by("name", "id")
    )


def widget_seen_by(member: Membership, public_key: str) -> Widget:
    """A widget that offers a channel of an inbox the member works in; raises Widget.DoesNotExist."""
    widgets = Widget.objects.filter(company=member.company).select_related("company").prefetch_related("channels")
    if not member.is_admin:
        widgets = widgets.filter(channels__inbox__in=inboxes_for(member)).distinct()
    return widgets.get(public_key=public_key)


def inboxes_with_numbers(member: Membership) -> QuerySet[Inbox]:
    """The inboxes a member manages, with `people` (who has a role there, admins not counted) and `channel_count`."""
    active = Q(
        inbox_memberships__user__memberships__state=Membership.State.ACTIVE,
        inbox_memberships__user__memberships__role=Membership.Role.MEMBER,
    )
    return (
        Inbox.objects.filter(pk__in=managed_inboxes(member).values("pk"))
        .annotate(
            people=Count("inbox_memberships", filter=active, distinct=True),
            channel_count=Count("channels", distinct=True),
        )
        .order_by("-is_default", "name", "id")
    )


def roles_in_inbox(inbox: Inbox) -> list[tuple[Membership, str]]:
    """Every active member of the company with their role in the inbox (“admin” for company admins, “” for none)."""
    stored = dict(InboxMembership.objects.filter(inbox=inbox).values_list("user_id", "role"))
    rank = {"admin": 0, "manager": 1, "team_member": 2, "": 3}
    members = Membership.objects.select_related("user").filter(
        company_id=inbox.company_id, state=Membership.State.ACTIVE
    )
    rows = [(member, roles.ADMIN if member.is_admin else stored.get(member.user_id, "")) for member in members]
    return sorted(rows, key=lambda row: (rank[row[1]], row[0].user.full_name.casefold()))


@dataclass(frozen=True)
class PlaceInLine:
    """One place of a ring as the settings show it; `member` None = works in the company no longer."""

    place: ChannelMember
    member: Membership | None
    online: bool


def line_for_settings(channel: Channel) -> list[PlaceInLine]:
    """The ring of a channel in its order, with everybody's availability and presence."""
    places = list(ChannelMember.objects.filter(channel=channel).select_related("user").order_by("position", "id"))
    users = [place.user_id for place in places]
    active = Membership.objects.filter(company_id=channel.company_id, user_id__in=users, state=Membership.State.ACTIVE)
    members = {member.user_id: member for member in active}
    online = presence.online(users)
    return [PlaceInLine(place, members.get(place.user_id), place.user_id in online) for place in places]


def could_join(channel: Channel) -> QuerySet[Membership]:
    """Active, licensed members of the company who are not in the channel's line yet (M-33)."""
    return (
        Membership.objects.select_related("user")
        .filter(company_id=channel.company_id, state=Membership.State.ACTIVE, engagement_licence=True)
        .exclude(user__channel_memberships__channel=channel)
        .order_by("user__first_name", "user__last_name", "id")
    )


@dataclass(frozen=True)
class RoleRow:
    """One member and their role in each inbox of the table: “admin”, “manager”, “team_member”, “” for none."""

    member: Membership
    cells: list[tuple[Inbox, str]]


@dataclass(frozen=True)
class RoleTable:
    """Every inbox of the company as a column, its people as rows; `after` is the cursor of the next rows."""

    inboxes: list[Inbox]
    rows: list[RoleRow]
    after: str


def role_table(viewer: Membership, query: str = "", *, after: str = "") -> RoleTable:
    """The roles of everybody in the viewer's company, by name; three queries. Raises BadCursor."""
    inboxes = list(Inbox.objects.filter(company=viewer.company).order_by("-is_default", "name", "id"))
    people = colleagues(viewer, query).annotate(
        first=Collate("user__first_name", "C"), last=Collate("user__last_name", "C")
    )
    found = page(people, ("first", "last", "id"), after=after)
    stored = InboxMembership.objects.filter(inbox__in=inboxes, user__in=[row.user_id for row in found.rows])
    roles_of = {(row.user_id, row.inbox_id): row.role for row in stored}
    rows = [
        RoleRow(
            member,
            [
                (inbox, roles.ADMIN if member.is_admin else roles_of.get((member.user_id, inbox.pk), ""))
                for inbox in inboxes
            ],
        )
        for member in found.rows
    ]
    return RoleTable(inboxes, rows, found.after)
