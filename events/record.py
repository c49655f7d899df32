"""record(): a row now, its reactions after commit."""

from __future__ import annotations

from datetime import datetime

from events import kinds, nudge
from events.models import Event
from events.publish import after_commit


def event(kind: str, *, subject_id: int, company_id: int | None, by: str, now: datetime, **data: object) -> Event:
    """An unsaved Event; raises UnknownKind for an unregistered kind or field."""
    kinds.check(kind, data)
    return Event(kind=kind, subject_id=subject_id, company_id=company_id, by=by, at=now, data=data)


def record_many(events: list[Event]) -> None:
    """Store events in the caller's transaction and have them reacted to after commit."""
    if not events:
        return
    Event.objects.bulk_create(events)
    after_commit(nudge.react)


def record(kind: str, *, subject_id: int, company_id: int | None, by: str, now: datetime, **data: object) -> None:
    """Store one event in the caller's transaction; reactions run after commit, once."""
    record_many([event(kind, subject_id=subject_id, company_id=company_id, by=by, now=now, **data)])
