"""What the worker does for notifications: send the push messages that are due, forget what is long seen."""

from __future__ import annotations

import redis
import structlog
from celery import shared_task
from django.utils import timezone

from events import nudge, valkey
from events.alone import alone
from notifications import marking, pushing

log = structlog.get_logger(__name__)
SEND_PUSHES = "notifications.tasks.send_pushes"


@shared_task(name=SEND_PUSHES, ignore_result=True)
@alone
def send_pushes(**_: object) -> None:
    """Wanted whenever one was written, swept every 5 s."""
    try:
        valkey.client().delete(nudge.pending_key(SEND_PUSHES))
    except redis.RedisError:
        log.warning("valkey does not answer")
    pushing.send_due(now=timezone.now())


@shared_task(name="notifications.tasks.forget", ignore_result=True)
@alone
def forget(**_: object) -> None:
    """Hourly."""
    marking.drop_old(now=timezone.now())
