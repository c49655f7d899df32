"""What a company has on an outside person: the customer's row and the browsers from which they wrote."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from customers.models import Customer, Visitor
from customers.tokens import new_token, token_hash
from events.personal import DELETED, Holding, Person, Section

_CUSTOMER = (
    "email", "external_id", "first_name", "last_name", "phone", "language", "email_verified_at", "created_via",
    "created_at",
)  # fmt: skip
_VISITOR = (
    "number", "name", "called", "email", "verified", "subject", "language", "page_url", "page_title", "created_at",
    "last_seen",
)  # fmt: skip


def _find(email: str, company_id: int | None, user_id: int | None) -> set[str]:
    customers = Customer.objects.filter(Q(email__iexact=email) | Q(user_id=user_id, user__isnull=False))
    visitors = Visitor.objects.all()
    if company_id is not None:
        customers, visitors = customers.filter(company_id=company_id), visitors.filter(company_id=company_id)
    ids = list(customers.values_list("pk", flat=True))
    # An address that a visitor typed proves nothing: across companies only what the site vouched for counts, or a
    # customer's own browser. An admin judges it themselves.
    typed = Q(email__iexact=email) if company_id is not None else Q(email__iexact=email, verified=True)
    mine = visitors.filter(Q(customer__in=ids) | typed)
    return {f"customer:{pk}" for pk in ids} | {f"visitor:{pk}" for pk in mine.values_list("pk", flat=True)}


def _customers(person: Person) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__in=person.ids("customer")).select_related("company")


def _visitors(person: Person) -> QuerySet[Visitor]:
    return Visitor.objects.filter(pk__in=person.ids("visitor")).select_related("company")


def _collect(person: Person) -> list[Section]:
    customers = [
        {"company": row.company.name} | {name: getattr(row, name) for name in _CUSTOMER}
        for row in _customers(person).order_by("pk")
    ]
    visitors = [
        {"company": row.company.name} | {name: getattr(row, name) for name in _VISITOR}
        for row in _visitors(person).order_by("pk")
    ]
    return [Section(gettext_noop("Customer of"), customers), Section(gettext_noop("Visits in chats"), visitors)]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    customers = list(_customers(person).select_for_update(of=("self",)).order_by("pk"))
    for row in customers:
        row.email = f"deleted-{row.public_id}@deleted.invalid"
        row.first_name, row.last_name, row.phone, row.external_id, row.language = "Deleted", "user", "", "", ""
        row.works_for, row.email_verified_at, row.user = "", None, None
        row.save()
    visitors = list(_visitors(person).select_for_update(of=("self",)).order_by("pk"))
    for row in visitors:
        row.name = row.called = DELETED
        row.email = row.subject = row.page_url = row.page_title = ""
        row.verified, row.token_hash = False, token_hash(new_token())
        row.save()
    return {gettext_noop("customers"): len(customers), gettext_noop("visits in chats"): len(visitors)}


HOLDING = Holding(
    app="customers",
    models=frozenset({"customers.Customer", "customers.Visitor"}),
    collect=_collect,
    erase=_erase,
    find=_find,
)
