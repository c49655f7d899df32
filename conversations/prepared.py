"""Queries of the path that every message takes: Django writes each once, for as many keys as it is asked with.

Writing such SQL costs Django several times what PostgreSQL needs to answer it. A message alone asks for one key of each
kind; larger gatherings share that cost and are written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

_MOST_KEYS = 4
_MOMENT = datetime(1, 1, 3, tzinfo=UTC)


class Prepared:
    """`build(keys, now)` gives the queryset, of objects or of tuples; keys are numbers, texts and UUIDs."""

    def __init__(self, build: Callable[[Collection, datetime], QuerySet]) -> None:
        self._build = build
        self._made: dict[tuple[type, ...], _Made] = {}

    def rows(self, keys: Collection, now: datetime = _MOMENT) -> list[Any]:
        """What the database answers for these keys; nothing is asked for none."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return []
        if len(wanted) > _MOST_KEYS:
            return list(self._build(wanted, now))
        shape = tuple(type(key) for key in wanted)
        made = self._made.get(shape)
        if made is None:
            places = [_PLACES[kind](number) for number, kind in enumerate(shape)]
            made = self._made[shape] = _Made(self._build(places, _MOMENT), places)
        return made.fetch(wanted, now)


# What stands for a key of each type: no row has it.
_PLACES: dict[type, Callable[[int], object]] = {
    int: lambda number: -(10**15) - number,
    str: lambda number: f"place {number}",
    UUID: lambda number: UUID(int=number + 1),
}


class _Made:
    """The SQL of one queryset, and how its rows become objects."""

    def __init__(self, rows: QuerySet, places: list) -> None:
        self._locks = rows.query.select_for_update
        self._compiler = rows.query.get_compiler(connection.alias)
        self._sql, self._values = self._compiler.as_sql()
        self._places = places
        self._converters = self._compiler.get_converters(column[0] for column in self._compiler.select)
        info = self._compiler.klass_info if not rows.query.values_select else None
        self._model = info["model"] if info else None
        if info:
            first, last = info["select_fields"][0], info["select_fields"][-1] + 1
            self._own = slice(first, last)
            self._names = [column[0].target.attname for column in self._compiler.select[first:last]]
            self._others = get_related_populators(info, self._compiler.select, connection.alias)  # type: ignore[call-arg]

    def fetch(self, keys: list, now: datetime) -> list[Any]:
        """The rows for these keys, as many as there are places."""
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside a transaction only.")
        known = dict(zip(self._places, keys, strict=True)) | {_MOMENT: now}
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [known.get(value, value) for value in self._values])
            found = cursor.fetchall()
        if self._converters:
            found = list(self._compiler.apply_converters(found, self._converters))
        return [self._object(row) for row in found] if self._model else [tuple(row) for row in found]

    def _object(self, row: Sequence) -> Any:
        made = self._model.from_db(connection.alias, self._names, row[self._own])  # type: ignore[index, union-attr]
        for other in self._others:
            other.populate(row, made)
        return made
