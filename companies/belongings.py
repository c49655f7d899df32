"""Which rows of the database belong to a company, worked out from the models themselves: what a new app stores is found
without being told. Rows that only carry numbers (deadlines, mails) are named in memo/wiring.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce
from graphlib import TopologicalSorter
from operator import or_

from django.apps import apps
from django.db import models
from django.db.models import Model, Q, QuerySet

from companies.models import Company

# “app.Model” → kinds of deadlines (events.Due) whose subject it is; kinds of reply addresses; beginnings of mail keys.
DUE_KINDS: dict[str, list[str]] = {}
REPLY_KINDS: dict[str, list[str]] = {}
MAIL_KEYS: dict[str, list[str]] = {}
# What belongs to people, not to a company: (user ids) → the rows that nobody but these users has a part in.
PRIVATE: list[Callable[[Collection[int]], QuerySet]] = []

Ways = dict[type[Model], list[str]]
_HOLDS = (models.CASCADE, models.PROTECT)


def label(model: type[Model]) -> str:
    """“companies.Company”."""
    return model._meta.label  # noqa: SLF001 (its documented API)


def columns(model: type[Model]) -> list[models.Field]:
    """The fields that are columns."""
    return list(model._meta.concrete_fields)  # noqa: SLF001


def all_rows(model: type[Model]) -> QuerySet:
    """Every row, whatever the model's own manager leaves out."""
    return model._base_manager.all()  # noqa: SLF001


def file_fields(model: type[Model]) -> list[models.FileField]:
    """Its fields that hold files."""
    return [field for field in columns(model) if isinstance(field, models.FileField)]


def ways_to(root: type[Model]) -> Ways:
    """Model → lookups from its rows to `root`; a row hangs on a root's row when one of them leads there."""
    found: Ways = {root: ["pk"]}
    waiting = [model for model in apps.get_models(include_auto_created=True) if model is not root]
    while True:
        new = {model: ways for model in waiting if (ways := _ways(model, root, found))}
        if not new:
            return found
        found |= new
        waiting = [model for model in waiting if model not in found]


def _ways(model: type[Model], root: type[Model], found: Ways) -> list[str]:
    """Through the row's own company, else through one parent that every row has, else through any parent."""
    parents = [field for field in _parents(model) if field.related_model in found]
    direct = [field.name for field in parents if field.related_model is root and (root is Company or not field.null)]
    always = [_way(field, root, found) for field in parents if not field.null]
    return direct[:1] or always[:1] or [_way(field, root, found) for field in parents]


def _way(field: models.Field, root: type[Model], found: Ways) -> str:
    parent = field.related_model
    return field.name if parent is root else f"{field.name}__{found[parent][0]}"


def _parents(model: type[Model]) -> list[models.Field]:
    """Foreign keys that hold a row to another table's row: it cannot be without it."""
    fields = [field for field in columns(model) if field.many_to_one or field.one_to_one]
    return [field for field in fields if field.remote_field.on_delete in _HOLDS and field.related_model is not model]


def rows_under(root: type[Model], pks: Collection[int]) -> dict[type[Model], QuerySet]:
    """Every model with rows that hang on these rows of `root` → those rows; whoever refers to others comes first."""
    ways = ways_to(root)
    order: dict[type[Model], set[type[Model]]] = {model: set() for model in ways}
    for model in ways:
        for field in _parents(model):
            if field.related_model in order:
                order[field.related_model].add(model)
    return {
        model: all_rows(model).filter(reduce(or_, (Q(**{f"{way}__in": pks}) for way in ways[model])))
        for model in TopologicalSorter(order).static_order()
    }


def rows_of(company: Company) -> dict[type[Model], QuerySet]:
    """Every model with rows of the company → those rows, the company's own row last."""
    return rows_under(Company, [company.pk])
