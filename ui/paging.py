"""Keyset pages: "what comes after this row", so that a page costs the same at the start and after a million rows."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

LIMIT = 50
Row = TypeVar("Row", bound=Model)


class BadCursor(ValueError):
    """The cursor in the address was not made by us for this order."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in the asked order, and the cursor of the page after it ("" at the end)."""

    rows: list[Row]
    after: str


def encode(values: Sequence[Any]) -> str:
    """The values of the order's fields as one word for an address."""
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, default=str).encode()).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[Any]:
    """The values again, as many as the order has fields; raises BadCursor."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor(cursor) from None
    if isinstance(values, list) and len(values) == count and all(isinstance(v, str | int | float) for v in values):
        return values
    raise BadCursor(cursor)


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows behind the given one: (a, b) > (x, y) spelt out, each field in its own direction.

    The first field's own condition comes before: without it an index would be read from its beginning.
    """
    found, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        found |= equal & Q(**{f"{field}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{field: value})
    first = order[0].lstrip("-")
    return Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]}) & found


def page(rows: QuerySet[Row], order: Sequence[str], *, after: str = "", limit: int = LIMIT) -> Page[Row]:
    """At most `limit` rows behind the cursor. The last field of `order` must be unique ("-last_activity_at", "-id")."""
    if after:
        try:
            rows = rows.filter(_beyond(order, decode(after, len(order))))
        except (TypeError, ValueError, ValidationError) as error:  # a value that the field cannot be
            raise BadCursor(after) from error
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    last = encode([getattr(found[-1], name.lstrip("-")) for name in order]) if more else ""
    return Page(found, last)
