"""Whom a company names in public, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from companies import events
from companies.models import Company, ContactPerson
from companies.packages import lock
from companies.selectors import public_contact_persons
from events.publish import unit

MAX_PERSONS = 50


class ContactRefused(Exception):
    """The change cannot be made; `code` is taken (the user is named already) or too_many."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Contact:
    """What is published: `user` of the company or `name` of somebody without a login; the function is free text."""

    function: str
    user: User | None = None
    name: str = ""
    email: str = ""
    phone: str = ""


def add_contact_person(company: Company, *, contact: Contact, by: str, now: datetime) -> ContactPerson:
    """Name somebody, at the end of the order (M-21, M-22). Raises ContactRefused."""
    with unit():
        company = lock(company)
        rows = list(ContactPerson.objects.filter(company=company))
        if len(rows) >= MAX_PERSONS:
            raise ContactRefused("too_many")
        _require_once(rows, contact)
        last = max((row.position for row in rows), default=-1)
        person = ContactPerson(company=company, position=last + 1)
        return _store(person, contact, by=by, now=now)


def edit_contact_person(person: ContactPerson, *, contact: Contact, by: str, now: datetime) -> ContactPerson:
    """Another function, other data, another person at this place. Raises ContactRefused."""
    with unit():
        company = lock(person.company)
        rows = list(ContactPerson.objects.filter(company=company).exclude(pk=person.pk))
        _require_once(rows, contact)
        return _store(person, contact, by=by, now=now)


def _require_once(others: list[ContactPerson], contact: Contact) -> None:
    if contact.user is not None and any(row.user_id == contact.user.pk for row in others):
        raise ContactRefused("taken")


def _store(person: ContactPerson, contact: Contact, *, by: str, now: datetime) -> ContactPerson:
    person.user, person.name = contact.user, "" if contact.user else contact.name
    person.function, person.email, person.phone = contact.function, contact.email, contact.phone
    person.save()
    _published(person.company, person, by=by, now=now)
    return person


def remove_contact_person(person: ContactPerson, *, by: str, now: datetime) -> None:
    """Named no longer; a user keeps their login."""
    with unit():
        company = lock(person.company)
        person.delete()
        _published(company, person, by=by, now=now)


def move_contact_person(person: ContactPerson, *, steps: int, by: str, now: datetime) -> None:
    """One place up (-1) or down (1); at the ends nothing happens."""
    with unit():
        company = lock(person.company)
        rows = list(ContactPerson.objects.filter(company=company).order_by("position", "id"))
        at = next((number for number, row in enumerate(rows) if row.pk == person.pk), None)
        if at is None or not 0 <= at + steps < len(rows):
            return
        rows.insert(at + steps, rows.pop(at))
        for number, row in enumerate(rows):
            row.position = number
        ContactPerson.objects.bulk_update(rows, ["position"])
        _published(company, person, by=by, now=now)


def _published(company: Company, person: ContactPerson, *, by: str, now: datetime) -> None:
    refresh_functions(company)
    events.settings_changed(
        company, subject_id=company.pk, what="company.contact_persons", by=by, now=now, subject=str(person)
    )


def refresh_functions(company: Company) -> None:
    """What the directory's search knows of the contact persons: the functions of those who are shown."""
    functions = public_contact_persons(company).values_list("function", flat=True)
    Company.objects.filter(pk=company.pk).update(contact_functions=" ".join(functions))
