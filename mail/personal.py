"""What mail has on a person: mails to and from them, and the addresses by which they answer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext_noop

from events.personal import Holding, Person, Section
from mail.models import IncomingMail, OutgoingMail, ReplyAddress

_SETTLED = (IncomingMail.State.DONE, IncomingMail.State.QUARANTINED)


def _outgoing(person: Person) -> QuerySet[OutgoingMail]:
    """Everything to the mailbox; of one company nothing but what its login got, for mails name no company."""
    if person.company_id is not None and not person.whole_login:
        return OutgoingMail.objects.none()
    rows = OutgoingMail.objects.annotate(upper=Upper("to")).filter(upper=person.email.upper())
    return rows if person.company_id is None else rows.filter(key__startswith="account:")


def _incoming(person: Person) -> QuerySet[IncomingMail]:
    """What was answered to an address that only they have; everywhere also what carries their sender."""
    rows = Q(address__recipient__in=person.keys)
    if person.company_id is None:
        rows |= Q(from_email__iexact=person.email)
    return IncomingMail.objects.filter(rows)


def _collect(person: Person) -> list[Section]:
    sent = [
        {"sent": row.sent_at, "to": row.to, "subject": row.subject, "state": row.state}
        for row in _outgoing(person).order_by("id")
    ]
    received = [
        {"received": row.received_at, "from": row.from_email, "subject": row.subject, "outcome": row.outcome}
        for row in _incoming(person).order_by("id").defer("raw")
    ]
    return [
        Section(gettext_noop("Mails to the person"), sent),
        Section(gettext_noop("Mails from the person"), received),
    ]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    gone = _outgoing(person).delete()[1].get("mail.OutgoingMail", 0)
    blank = {"raw": b"", "size": 0, "from_email": "", "envelope_from": None, "subject": "", "message_id": ""}
    emptied = _incoming(person).filter(state__in=_SETTLED).update(**blank)
    addresses = ReplyAddress.objects.filter(recipient__in=person.keys)
    return {
        gettext_noop("mails to the person"): gone,
        gettext_noop("mails from the person"): emptied,
        gettext_noop("reply addresses"): addresses.update(recipient_email="", revoked_at=now),
    }


HOLDING = Holding(
    app="mail",
    models=frozenset({"mail.OutgoingMail", "mail.IncomingMail", "mail.ReplyAddress"}),
    collect=_collect,
    erase=_erase,
)
