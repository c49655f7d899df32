"""The worker's side: react to events, settle due rows, beat its heart."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

import redis
import structlog
from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from events import due, nudge, valkey
from events.alone import Pace, alone
from events.models import Event
from events.publish import unit
from events.registry import REACTIONS

log = structlog.get_logger(__name__)
_BATCH = 500
_MAX_ATTEMPTS = 20
_KEEP = timedelta(days=90)
_pace = Pace(0.1)  # bubbles and notices may gather for a tenth of a second; messages themselves never wait for this
HEARTBEAT = "heartbeat"
TICK = "tick"  # the clock’s own sign of life, without broker and worker


@shared_task(name="events.tasks.settle_due", ignore_result=True)
@alone
def settle_due(**_: object) -> None:
    """Every second: deadlines of offers, opening hours and the like (M-37: at most 2 s late)."""
    while due.settle(_now(), patient=False) == due.BATCH:
        continue


@shared_task(name="events.tasks.settle_patient", ignore_result=True)
@alone
def settle_patient(**_: object) -> None:
    """Every second: the deadlines that make mails (N-33: at most 5 s late), in a thread of their own."""
    while due.settle(_now(), patient=True) == due.BATCH:
        continue


def _now() -> datetime:
    """The time by the database's clock: workers whose own clocks differ settle at the same moment (R-12)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@shared_task(name="events.tasks.react", ignore_result=True)
@alone
def react(**_: object) -> None:
    """Run the reactions of all events that have none yet; wanted after every commit, swept every 2 s."""
    _pace.wait()
    try:
        valkey.client().delete(nudge.pending_key("events.tasks.react"))
    except redis.RedisError:
        log.warning("valkey does not answer")
    while react_once():
        continue


def react_once() -> int:
    """React to one batch; returns its size when there may be more, else 0.

    One transaction and one unit: the rows of all streams are locked once, at the end, in the order that everybody
    keeps. Each kind has a savepoint. Kinds run in the order of the table (memo/wiring.py): a message before “seen”.
    """
    with unit():
        batch = list(
            Event.objects.select_for_update(skip_locked=True)
            .filter(reacted_at=None, attempts__lt=_MAX_ATTEMPTS)
            .order_by("id")[:_BATCH]
        )
        rank = {kind: number for number, kind in enumerate(REACTIONS)}
        batch.sort(key=lambda event: (rank.get(event.kind, len(rank)), event.kind, event.id))
        for kind, events in groupby(batch, key=lambda event: event.kind):
            _react_to(kind, list(events))
    return len(batch) if len(batch) == _BATCH else 0


def _react_to(kind: str, events: list[Event]) -> None:
    now = timezone.now()
    try:
        with unit(), transaction.atomic():
            for reaction in REACTIONS.get(kind, ()):
                reaction(events, now)
            Event.objects.filter(id__in=[e.id for e in events]).update(reacted_at=now)
    except Exception:
        log.exception("reaction failed", kind=kind, events=len(events))
        if len(events) == 1:
            Event.objects.filter(id=events[0].id).update(attempts=events[0].attempts + 1)
            return
        for one in events:
            _react_to(kind, [one])


@shared_task(name="events.tasks.heartbeat", ignore_result=True)
def heartbeat(**_: object) -> None:
    """End-to-end proof that beat, broker and worker work; /ready reads it."""
    valkey.client().set(valkey.key(HEARTBEAT), timezone.now().timestamp(), ex=300)


@shared_task(name="events.tasks.forget", ignore_result=True)
def forget(**_: object) -> None:
    """Drop read events at once and other reacted events after 90 days."""
    now = timezone.now()
    Event.objects.filter(kind="conversation.seen", reacted_at__isnull=False).delete()
    Event.objects.filter(reacted_at__lt=now - _KEEP).delete()
