"""What may be seen of customers and visitors."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from customers.models import Visitor
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


def living_tokens(visitor_ids: list[int]) -> dict[int, tuple[str, str]]:
    """Visitor's primary key → (hash of the token that is valid now, widget key); for open websockets."""
    rows = Visitor.objects.filter(pk__in=visitor_ids, company__suspended_at=None)
    return {pk: (digest, key) for pk, digest, key in rows.values_list("pk", "token_hash", "widget_key")}
