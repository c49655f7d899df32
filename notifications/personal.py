"""What notifications have on a person: notices with the mails they became, and how they want to be told."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict
from django.utils.translation import gettext_noop

from events.personal import Holding, Person, Section
from mail.models import OutgoingMail
from notifications.models import Notice, Preference, PushSubscription


def _notices(person: Person) -> QuerySet[Notice]:
    who = Q(customer__in=person.ids("customer")) | Q(visitor__in=person.ids("visitor"))
    if person.user_id is not None:
        who |= Q(user_id=person.user_id)
    rows = Notice.objects.filter(who)
    return rows if person.company_id is None else rows.filter(conversation__company_id=person.company_id)


def _preferences(person: Person) -> QuerySet[Preference]:
    return Preference.objects.filter(user_id=person.user_id, user__isnull=False)


def _devices(person: Person) -> QuerySet[PushSubscription]:
    return PushSubscription.objects.filter(user_id=person.user_id, user__isnull=False)


def _collect(person: Person) -> list[Section]:
    notices = [
        {"at": n.created_at, "cause": n.cause, "state": n.state, "messages": n.count}
        for n in _notices(person).order_by("pk")
    ]
    wishes = [model_to_dict(row, exclude=("id", "user")) for row in _preferences(person)]
    devices = [{"device": row.device, "since": row.created_at} for row in _devices(person).order_by("pk")]
    return [
        Section(gettext_noop("Notices"), notices),
        Section(gettext_noop("How to be told"), wishes),
        Section(gettext_noop("Devices with push messages"), devices),
    ]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    notices = _notices(person)
    mails = OutgoingMail.objects.filter(key__in=[f"notice:{pk}" for pk in notices.values_list("pk", flat=True)])
    counts = {
        gettext_noop("mails about messages"): mails.delete()[1].get("mail.OutgoingMail", 0),
        gettext_noop("notices"): notices.delete()[0],
    }
    if person.whole_login:
        counts[gettext_noop("preferences")] = _preferences(person).delete()[0]
        counts[gettext_noop("devices with push messages")] = _devices(person).delete()[0]
    return counts


HOLDING = Holding(
    app="notifications",
    models=frozenset(
        {
            "notifications.Notice",
            "notifications.Preference",
            "notifications.Push",
            "notifications.PushSubscription",
        }
    ),
    collect=_collect,
    erase=_erase,
)
