"""Wakes the worker after a commit. A hint only: the sweep does the work when the hint is lost."""

from __future__ import annotations

import redis
import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from events import valkey

log = structlog.get_logger(__name__)
_PENDING_MS = 1500


def react() -> None:
    """Ask for a run of the reactions, at most one request under way at a time."""
    _once("events.tasks.react")


def mail() -> None:
    """Ask for a run of the outgoing queue."""
    _once("mail.tasks.send_due")


def push() -> None:
    """Ask for a run of the push messages."""
    _once("notifications.tasks.send_pushes")


def received() -> None:
    """Ask for a run over the mail that came in."""
    _once("mail.tasks.process_received")


def bulk() -> None:
    """Ask for a run over what was begun for many conversations at once."""
    _once("conversations.tasks.work_bulk")


def pending_key(task: str) -> str:
    """The marker that the task removes when it starts."""
    return valkey.key("nudge", task)


def _once(task: str) -> None:
    try:
        if valkey.client().set(pending_key(task), 1, nx=True, px=_PENDING_MS):
            current_app.send_task(task, expires=10, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.warning("nudge failed, the sweep takes over", task=task, error=type(error).__name__)
