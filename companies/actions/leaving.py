"""A company leaves: everything of it goes, and nothing else. The archive comes first (companies.actions.exporting)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Model, ProtectedError, Q, QuerySet

from accounts.models import User
from companies import audit, belongings
from companies.actions.exporting import Amount
from companies.actions.privacy import erase, everywhere
from companies.actions.suspending import suspend_company
from companies.models import Company, Membership
from events.models import Due, Event
from mail.models import IncomingMail, OutgoingMail, ReplyAddress

BATCH = 500


class _Tally:
    """Counts what went."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.files = 0


def delete_company(company: Company, *, by: str, now: datetime) -> Amount:
    """Everything of the company, in batches of their own transactions: begun again after a crash, it goes on. The
    company is suspended first, so that nothing is written meanwhile.

    People go with it unless they are customers of another company or have worked for one; who has written in a direct
    conversation with others stays there as “Deleted user”.
    """
    company = suspend_company(company, by=by, now=now)
    tally = _Tally()
    belongs = belongings.rows_of(company)
    for model, rows in belongs.items():
        if model not in {Company, Membership}:
            _delete(model, rows, tally)
    # The memberships are the list of the people: they go when nothing else is left.
    belongs[Membership].update(state=Membership.State.DEACTIVATED)
    _delete_people(company, tally, by=by, now=now)
    _delete(Membership, belongs[Membership], tally)
    for pks in _batches(Event.objects.filter(company_id=company.pk)):
        Event.objects.filter(pk__in=pks).delete()
    _delete(Company, belongs[Company], tally)
    return Amount(dict(tally.rows), tally.files)


def _batches(rows: QuerySet) -> Iterator[list[int]]:
    """Primary keys, newest first (a follow-up before what it follows), until there is none left."""
    while pks := list(rows.order_by("-pk").values_list("pk", flat=True)[:BATCH]):
        yield pks


def _delete(model: type[Model], rows: QuerySet, tally: _Tally) -> None:
    name = belongings.label(model)
    for pks in _batches(rows):
        found = belongings.all_rows(model).filter(pk__in=pks)
        files = [
            (field.storage, stored)
            for field in belongings.file_fields(model)
            for stored in found.exclude(**{field.name: ""}).values_list(field.name, flat=True)
        ]
        with transaction.atomic(), audit.erasing("company"):
            _delete_loose(name, pks)
            found.delete()
        for storage, stored in files:
            storage.delete(stored)
        tally.rows[name] += len(pks)
        tally.files += len(files)


def _delete_loose(name: str, pks: list[int]) -> None:
    """Deadlines, reply addresses with what came in through them, and mails of these rows."""
    Due.objects.filter(kind__in=belongings.DUE_KINDS.get(name, []), subject_id__in=pks).delete()
    if kinds := belongings.REPLY_KINDS.get(name):
        places = ReplyAddress.objects.filter(kind__in=kinds, subject_id__in=pks)
        IncomingMail.objects.filter(address__in=places).delete()
        places.delete()
    for beginning in belongings.MAIL_KEYS.get(name, []):
        keys = [f"{beginning}:{pk}" for pk in pks]
        OutgoingMail.objects.filter(key__in=keys).delete()
        for key in keys:
            OutgoingMail.objects.filter(Q(key__startswith=f"{key}:")).delete()


# --- the people ------------------------------------------------------------------------------------------------
def _delete_people(company: Company, tally: _Tally, *, by: str, now: datetime) -> None:
    """What only the leaving have among themselves, then their logins."""
    people = User.objects.filter(memberships__company=company).order_by("pk")
    leaving = [user for user in people if not _wanted_elsewhere(user, company)]
    for private in belongings.PRIVATE:
        rows = private([user.pk for user in leaving])
        for pks in _batches(rows):
            for model, parts in belongings.rows_under(rows.model, pks).items():
                _delete(model, parts, tally)
    for user in leaving:
        _delete_person(user, by=by, now=now)
        tally.rows["accounts.User"] += 1


def _wanted_elsewhere(user: User, company: Company) -> bool:
    """Staff, customers of another company and who has worked for one keep their login."""
    if user.is_staff:
        return True
    theirs = [relation for relation in User._meta.related_objects if relation.field.name == "user"]  # noqa: SLF001
    return any(
        belongings.all_rows(relation.related_model).filter(user=user).exclude(company=company).exists()
        for relation in theirs
        if any(field.name == "company" for field in belongings.columns(relation.related_model))
    )


def _delete_person(user: User, *, by: str, now: datetime) -> None:
    picture, storage = user.avatar.name, user.avatar.storage
    try:
        with transaction.atomic(), audit.erasing("company"):
            user.delete()
    except ProtectedError:
        erase(everywhere(user.email), by=by, by_key=by, now=now)
        return
    if picture:
        storage.delete(picture)
