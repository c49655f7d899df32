"""What the worker does for mail: send what is due, process what came in, forget what is old."""

from __future__ import annotations

import redis
import structlog
from celery import shared_task
from django.utils import timezone

from events import nudge, valkey
from events.alone import alone
from mail import actions

log = structlog.get_logger(__name__)
SEND_DUE = "mail.tasks.send_due"
PROCESS_RECEIVED = "mail.tasks.process_received"


@shared_task(name=SEND_DUE, ignore_result=True)
@alone
def send_due(**_: object) -> None:
    """Send what is due; wanted after every queue(), swept every 5 s."""
    _started(SEND_DUE)
    actions.send_due(now=timezone.now())


@shared_task(name=PROCESS_RECEIVED, ignore_result=True)
@alone
def process_received(**_: object) -> None:
    """Process what came in; wanted after every receive(), swept every 5 s."""
    _started(PROCESS_RECEIVED)
    actions.process_received(now=timezone.now())


@shared_task(name="mail.tasks.forget", ignore_result=True)
def forget(**_: object) -> None:
    """Empty the raw bytes of mails that ended long ago."""
    actions.forget_old(now=timezone.now())


def _started(task: str) -> None:
    """From here on a nudge asks for another run, because this one may already have looked."""
    try:
        valkey.client().delete(nudge.pending_key(task))
    except redis.RedisError:
        log.warning("valkey does not answer")
