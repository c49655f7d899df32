"""What companies have on a person: where they work or worked, invitations, contact persons, the audit log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_noop

from companies import audit
from companies.actions.contact_persons import remove_contact_person
from companies.actions.members import deactivate_member
from companies.models import AuditEntry, ContactPerson, Invitation, Membership
from events.personal import DELETED, Holding, Person, Section

# Lines whose subject is a person's name or address.
_ABOUT_PEOPLE = r"^(member|invitation|account|privacy)\.|^company\.contact_persons$"


def _own(rows: QuerySet, person: Person) -> QuerySet:
    return rows if person.company_id is None else rows.filter(company_id=person.company_id)


def _memberships(person: Person) -> QuerySet[Membership]:
    rows = Membership.objects.filter(user_id=person.user_id, user__isnull=False).select_related("company", "user")
    return _own(rows, person).order_by("pk")


def _invitations(person: Person) -> QuerySet[Invitation]:
    rows = Invitation.objects.annotate(folded=Lower("email")).filter(folded=person.email.lower())
    return _own(rows, person).select_related("company").order_by("pk")


def _contacts(person: Person) -> QuerySet[ContactPerson]:
    rows = ContactPerson.objects.filter(user_id=person.user_id, user__isnull=False)
    by_address = ContactPerson.objects.annotate(folded=Lower("email")).filter(user=None, folded=person.email.lower())
    found = ContactPerson.objects.filter(
        pk__in=[*rows.values_list("pk", flat=True), *by_address.values_list("pk", flat=True)]
    )
    return _own(found, person).select_related("company").order_by("pk")


def _lines(person: Person) -> QuerySet[AuditEntry]:
    return _own(AuditEntry.objects.filter(actor_user_id=person.user_id, actor_user__isnull=False), person)


def _collect(person: Person) -> list[Section]:
    works = [
        {"company": m.company.name, "position": m.position, "role": m.role, "state": m.state, "since": m.joined_at}
        | ({"quiet hours": m.quiet_hours} if m.quiet_hours else {})
        for m in _memberships(person)
    ]
    invited = [
        {"company": i.company.name, "name": f"{i.first_name} {i.last_name}", "state": i.state, "sent": i.sent_at}
        for i in _invitations(person)
    ]
    public = [
        {"company": c.company.name, "name": str(c), "function": c.function, "email": c.email, "phone": c.phone}
        for c in _contacts(person)
    ]
    log = [
        {"at": line.at, "what": line.action, "about": line.subject, "ip": line.ip}
        for line in _lines(person).order_by("-at", "-id").iterator(chunk_size=2000)
    ]
    return [
        Section(gettext_noop("Works for"), works),
        Section(gettext_noop("Invitations"), invited),
        Section(gettext_noop("Contact person of"), public),
        Section(gettext_noop("Audit log"), log),
    ]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    """Raises LastAdmin: a company is never left without anybody who may set it up."""
    members = list(_memberships(person))
    for member in members:
        deactivate_member(member, by=by, now=now)
    Membership.objects.filter(pk__in=[member.pk for member in members]).update(position=DELETED)
    contacts = list(_contacts(person))
    for contact in contacts:
        remove_contact_person(contact, by=by, now=now)
    return {
        gettext_noop("memberships"): len(members),
        gettext_noop("invitations"): _invitations(person).delete()[0],
        gettext_noop("contact persons"): len(contacts),
        gettext_noop("lines of the audit log"): _forget_lines(person, members),
    }


def _forget_lines(person: Person, members: list[Membership]) -> int:
    """The names leave the log, as who did it and as whom it was done to; what happened stays."""
    with audit.erasing("person"):
        count = _lines(person).update(actor=DELETED, ip=None, actor_user=None)
        about = {person.email, *(member.user.full_name for member in members)} - {DELETED}
        rows = AuditEntry.objects.filter(company__in=[m.company_id for m in members] or [person.company_id])
        for line in rows.filter(data__person__in=list(about)):
            line.data["person"] = DELETED
            line.save(update_fields=["data"])
        return count + rows.filter(subject__in=about, action__regex=_ABOUT_PEOPLE).update(subject=DELETED)


HOLDING = Holding(
    app="companies",
    models=frozenset(
        {
            "companies.Membership",
            "companies.Invitation",
            "companies.ContactPerson",
            "companies.AuditEntry",
        }
    ),
    collect=_collect,
    erase=_erase,
)
