"""What texts have on a person: the saved replies that are theirs alone."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from events.personal import Holding, Person, Section
from texts.models import SavedReply


def _own(person: Person) -> QuerySet[SavedReply]:
    rows = SavedReply.objects.filter(owner_id=person.user_id, owner__isnull=False)
    return rows if person.company_id is None else rows.filter(company_id=person.company_id)


def _collect(person: Person) -> list[Section]:
    rows = [{"title": one.title, "shortcut": one.shortcut, "text": one.text} for one in _own(person).order_by("pk")]
    return [Section(gettext_noop("Saved replies"), rows)]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    return {gettext_noop("saved replies"): _own(person).delete()[0]}


HOLDING = Holding(app="texts", models=frozenset({"texts.SavedReply"}), collect=_collect, erase=_erase)
