"""Connections to Valkey: one synchronous client per process with short time-outs."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> redis.Redis:
    """The process's synchronous client; every call may raise redis.RedisError within 2 seconds."""
    return redis.Redis.from_url(
        settings.VALKEY_URL,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=15,
        max_connections=64,
    )


def key(*parts: object) -> str:
    """A namespaced key: several installations may share one Valkey."""
    return ":".join(("memo", settings.VALKEY_URL.rpartition("/")[2], *map(str, parts)))
