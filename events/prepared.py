"""Queries that Django writes once, whatever they are asked with.

Writing such SQL costs Django several times what PostgreSQL needs to answer it, and a page asks a dozen small questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, ForeignObject, Lookup, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

_FIRST_NUMBER, _FIRST_MOMENT = 2_000_000_011, datetime(1, 1, 3, tzinfo=UTC)


@ForeignObject.register_lookup  # looks no further up for its lookups
@Field.register_lookup
class AnyOf(Lookup):
    """`field__any=values`: like `in`, but one SQL for however many values; they travel as one array."""

    lookup_name = "any"

    def get_prep_lookup(self) -> list:
        return list(self.rhs)

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        return f"{column} = ANY(%s)", [*params, [field.get_db_prep_value(one, connection) for one in self.rhs]]


class Prepared:
    """`build(*places)` gives the queryset, of objects or of tuples; `rows(*values)` what it finds for these values.

    A value is a number, a text, a UUID, a moment, a collection of one of these (for the lookup `any`), or None. How the
    SQL looks depends on the types alone; `build` gets None as None and may leave something out.
    """

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self._build = build
        self._made: dict[tuple, _Made] = {}

    def rows(self, *values: object) -> list[Any]:
        """What the database answers; where a collection is empty it is not asked, and the answer is empty."""
        given = [_listed(value) for value in values]
        if [] in given:
            return []
        shape = tuple(_type_of(value) for value in given)
        made = self._made.get(shape)
        if made is None:
            places = [_place(kind, number) for number, kind in enumerate(shape)]
            made = self._made[shape] = _Made(self._build(*places), places)
        return made.fetch(given)

    def one(self, *values: object) -> Any | None:
        """The first of the rows, or None."""
        return next(iter(self.rows(*values)), None)


def _listed(value: object) -> object:
    return list(value) if isinstance(value, Collection) and not isinstance(value, str) else value


def _type_of(value: object) -> object:
    return (type(value[0]),) if isinstance(value, list) else type(value)


def _place(kind: object, number: int) -> object:
    """What stands for a value of this type while the SQL is written: nothing in the database is like it."""
    if isinstance(kind, tuple):
        return [_place(kind[0], number)]
    if kind is type(None):
        return None
    return _PLACES[kind](number)


_PLACES: dict[object, Callable[[int], object]] = {
    int: lambda number: _FIRST_NUMBER + number,
    str: lambda number: f"place {number}",
    UUID: lambda number: UUID(int=number + 1),
    datetime: lambda number: _FIRST_MOMENT + timedelta(days=number),
}


def _as(kept: object) -> Callable[[Any], object]:
    """Gives a value the type that Django gave its place: numbers travel in the column's size, whatever their own is."""
    if not isinstance(kept, list):
        kind = type(kept)
        return kind if issubclass(kind, int) else lambda value: value
    inner = _as(kept[0])
    return lambda values: [inner(value) for value in values]


class _Made:
    """The SQL of one queryset, and how its rows become objects. Raises ValueError when a place is not found in it."""

    def __init__(self, rows: QuerySet, places: list) -> None:
        self._locks = rows.query.select_for_update
        self._compiler = rows.query.get_compiler(connection.alias)
        self._sql, values = self._compiler.as_sql()
        self._values = list(values)
        self._slots = [
            (position, number, _as(value))
            for position, value in enumerate(self._values)
            for number, place in enumerate(places)
            if place is not None and isinstance(value, type(place)) and value == place
        ]
        if {number for _, number, _ in self._slots} != {n for n, place in enumerate(places) if place is not None}:
            raise ValueError(f"A value does not reach the SQL as it is: {self._sql}")
        self._converters = self._compiler.get_converters(column[0] for column in self._compiler.select)
        info = self._compiler.klass_info if not rows.query.values_select else None
        self._model = info["model"] if info else None
        if info:
            first, last = info["select_fields"][0], info["select_fields"][-1] + 1
            self._own = slice(first, last)
            self._names = [column[0].target.attname for column in self._compiler.select[first:last]]
            self._others = get_related_populators(info, self._compiler.select, connection.alias)  # type: ignore[call-arg]

    def fetch(self, given: list) -> list[Any]:
        """The rows for these values, in the places' order."""
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("Rows are locked inside a transaction only.")
        values = self._values.copy()
        for position, number, as_kept in self._slots:
            values[position] = as_kept(given[number])
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            found = cursor.fetchall()
        if self._converters:
            found = list(self._compiler.apply_converters(found, self._converters))
        return [self._object(row) for row in found] if self._model else [tuple(row) for row in found]

    def _object(self, row: Sequence) -> Any:
        made = self._model.from_db(connection.alias, self._names, row[self._own])  # type: ignore[index, union-attr]
        for other in self._others:
            other.populate(row, made)
        return made
