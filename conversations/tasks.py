"""The clock's calls into conversations."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from conversations import attachments
from conversations.actions import closing, drafts, later


@shared_task(name="conversations.tasks.lock_old", ignore_result=True)
def lock_old(**_: object) -> None:
    """Hourly: lock what was closed and quiet for 100 days; drop old drafts and uploads that nobody sent."""
    now = timezone.now()
    closing.lock_old(now=now)
    drafts.drop_old(now=now)
    later.drop_settled(now=now)
    attachments.drop_unsent(now=now)
