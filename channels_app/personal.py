"""What inboxes and channels have on a person: where they work and when they are rung."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from channels_app.models import ChannelMember, InboxMembership
from events.personal import Holding, Person, Section


def _roles(person: Person) -> QuerySet[InboxMembership]:
    rows = InboxMembership.objects.filter(user_id=person.user_id, user__isnull=False).select_related("inbox__company")
    return rows if person.company_id is None else rows.filter(inbox__company_id=person.company_id)


def _places(person: Person) -> QuerySet[ChannelMember]:
    rows = ChannelMember.objects.filter(user_id=person.user_id, user__isnull=False).select_related("channel__company")
    return rows if person.company_id is None else rows.filter(channel__company_id=person.company_id)


def _collect(person: Person) -> list[Section]:
    roles = [{"company": r.inbox.company.name, "inbox": r.inbox.name, "role": r.role} for r in _roles(person)]
    places = [{"company": p.channel.company.name, "channel": p.channel.name} for p in _places(person)]
    return [Section(gettext_noop("Roles in inboxes"), roles), Section(gettext_noop("Places in channels"), places)]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    return {
        gettext_noop("roles in inboxes"): _roles(person).delete()[0],
        gettext_noop("places in channels"): _places(person).delete()[0],
    }


HOLDING = Holding(
    app="channels_app",
    models=frozenset({"channels_app.InboxMembership", "channels_app.ChannelMember"}),
    collect=_collect,
    erase=_erase,
)
