"""Deadlines: add, drop, and settle what is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from events.models import Due
from events.publish import unit
from events.registry import DUE, PATIENT

log = structlog.get_logger(__name__)
BATCH = 100
_RETRY = timedelta(seconds=5)


def add(kind: str, *, subject_id: int, due_at: datetime, recipient: str = "") -> None:
    """Write or move a deadline in the caller's transaction; one per (kind, subject, recipient)."""
    Due.objects.bulk_create(
        [Due(kind=kind, subject_id=subject_id, recipient=recipient, due_at=due_at)],
        update_conflicts=True,
        unique_fields=["kind", "subject_id", "recipient"],
        update_fields=["due_at"],
    )


def keep(kind: str, *, subject_id: int, due_at: datetime) -> None:
    """Write a deadline in the caller's transaction unless there is one already: what goes on does not put it off."""
    Due.objects.bulk_create([Due(kind=kind, subject_id=subject_id, recipient="", due_at=due_at)], ignore_conflicts=True)


def drop(kind: str, *, subject_id: int) -> None:
    """Remove the deadlines of a subject in the caller's transaction."""
    Due.objects.filter(kind=kind, subject_id=subject_id).delete()


def settle(now: datetime, *, patient: bool | None = None) -> int:
    """Settle what is due at `now`; returns how many rows. Safe beside other workers and after a crash.

    `patient`: only the kinds that may wait (registry.PATIENT), or only the others; None = all.

    The function of the kind runs first: it locks in the product's order (conversation first) and looks again whether
    there is still something to do. Then the row goes, in the same transaction, unless it was moved meanwhile.
    """
    rows = Due.objects.filter(due_at__lte=now)
    if patient is not None:
        rows = rows.filter(kind__in=PATIENT) if patient else rows.exclude(kind__in=PATIENT)
    return sum(_settle_one(row, now) for row in rows.order_by("due_at", "id")[:BATCH])


def _settle_one(row: Due, now: datetime) -> int:
    try:
        with unit():
            DUE[row.kind](row.subject_id, row.recipient, now)
            Due.objects.filter(id=row.id, due_at__lte=now).delete()
        return 1
    except Exception:
        # One bad row must not hold up the others: it comes back a little later and shows in the log and in /ready.
        log.exception("due row failed", kind=row.kind, subject=row.subject_id)
        attempts = row.attempts + 1
        Due.objects.filter(id=row.id).update(attempts=attempts, due_at=now + _RETRY * min(attempts, 60))
        return 0
