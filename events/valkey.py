"""Connections to Valkey: one synchronous client per process with short time-outs."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def impatient() -> dict[str, Any]:
    """Options of a connection whose caller waits for it.

    One more try at once, because an idle connection may have been closed; redis-py's own ten tries with pauses would
    hold every request for seconds while Valkey is away.
    """
    return {"socket_timeout": 2, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 1)}


@cache
def client() -> redis.Redis:
    """The process's synchronous client; a call may raise redis.RedisError, at once or after at most 4 s."""
    return redis.Redis.from_url(settings.VALKEY_URL, health_check_interval=15, max_connections=64, **impatient())


def key(*parts: object) -> str:
    """A namespaced key: several installations may share one Valkey."""
    return ":".join(("memo", settings.VALKEY_URL.rpartition("/")[2], *map(str, parts)))
