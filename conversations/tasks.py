"""The clock's calls into conversations."""

from __future__ import annotations

import redis
import structlog
from celery import shared_task
from django.utils import timezone

from conversations import attachments
from conversations.actions import bulk, closing, drafts, later
from events import nudge, valkey
from events.alone import alone

log = structlog.get_logger(__name__)


@shared_task(name="conversations.tasks.lock_old", ignore_result=True)
def lock_old(**_: object) -> None:
    """Hourly: lock what was closed and quiet for 100 days; drop old drafts and runs, and uploads that nobody sent."""
    now = timezone.now()
    closing.lock_old(now=now)
    drafts.drop_old(now=now)
    later.drop_settled(now=now)
    attachments.drop_unsent(now=now)
    bulk.forget(now=now)


@shared_task(name="conversations.tasks.work_bulk", ignore_result=True)
@alone
def work_bulk(**_: object) -> None:
    """What was begun for many conversations at once, portion by portion; wanted after the start, swept every 2 s."""
    try:
        valkey.client().delete(nudge.pending_key("conversations.tasks.work_bulk"))
    except redis.RedisError:
        log.warning("valkey does not answer")
    while bulk.work(now=timezone.now()):
        continue
