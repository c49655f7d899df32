"""What may be seen of customers and visitors."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from customers.models import Customer, Visitor
from customers.tokens import token_hash, well_formed

TOKEN_LIFE = timedelta(days=180)


def visitor_by_token(token: object, *, company_id: int, widget_key: str, now: datetime) -> Visitor:
    """The visitor who holds `token` of this widget of this company, seen within 180 days (model.md §8).

    Raises Visitor.DoesNotExist for malformed, unknown, foreign and expired tokens alike (S-18, S-20).
    """
    if not well_formed(token):
        raise Visitor.DoesNotExist
    digest = token_hash(str(token))
    visitor = Visitor.objects.select_related("customer", "company").get(
        token_hash=digest, company_id=company_id, widget_key=widget_key, last_seen__gt=now - TOKEN_LIFE
    )
    if not hmac.compare_digest(visitor.token_hash, digest):
        raise Visitor.DoesNotExist
    return visitor


def customer_for(company_id: int, public_id: UUID) -> Customer:
    """One customer of the company; raises Customer.DoesNotExist for foreign and missing alike."""
    return Customer.objects.get(company=company_id, public_id=public_id)


def customers_like(company_id: int, query: str, *, without: Collection[int] = (), most: int = 12) -> list[Customer]:
    """Customers of the company with each word in name or address, by name."""
    rows = Customer.objects.filter(company=company_id).exclude(pk__in=without)
    for word in query.split()[:5]:
        rows = rows.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
    return list(rows.order_by("first_name", "last_name", "id")[:most])


def living_tokens(visitor_ids: list[int]) -> dict[int, tuple[str, str]]:
    """Visitor's primary key → (hash of the token that is valid now, widget key); for open websockets."""
    rows = Visitor.objects.filter(pk__in=visitor_ids, company__suspended_at=None)
    return {pk: (digest, key) for pk, digest, key in rows.values_list("pk", "token_hash", "widget_key")}
