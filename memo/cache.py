"""Django's Valkey cache with one connection pool per process.

Under ASGI Django keeps a cache object, and with it a pool, for every request and every socket: hundreds of connections
that nobody closes.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from events import valkey


@cache
def _client(servers: tuple[str, ...]) -> RedisCacheClient:
    return RedisCacheClient(list(servers), **valkey.impatient())


class SharedRedisCache(RedisCache):
    """All cache objects of a process use the same client; redis-py's pool is safe for threads."""

    @cached_property
    def _cache(self) -> Any:
        return _client(tuple(self._servers))
