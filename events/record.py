"""record(): a row now, its reactions after commit."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from events import kinds, nudge
from events.models import Event


def event(kind: str, *, subject_id: int, company_id: int | None, by: str, now: datetime, **data: object) -> Event:
    """An unsaved Event; raises UnknownKind for an unregistered kind or field."""
    kinds.check(kind, data)
    return Event(kind=kind, subject_id=subject_id, company_id=company_id, by=by, at=now, data=data)


def record_many(events: list[Event]) -> None:
    """Store events in the caller's transaction and have them reacted to after commit."""
    if not events:
        return
    Event.objects.bulk_create(events)
    transaction.on_commit(nudge.react, robust=True)


def record(kind: str, *, subject_id: int, company_id: int | None, by: str, now: datetime, **data: object) -> None:
    """Store one event in the caller's transaction; reactions run after commit, once."""
    record_many([event(kind, subject_id=subject_id, company_id=company_id, by=by, now=now, **data)])
