"""Rate limits: a token bucket in Valkey, shared by all processes."""

from __future__ import annotations

import redis

from events import valkey

_BUCKET = """
local capacity, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(state[1]) or capacity, tonumber(state[2]) or now
tokens = math.min(capacity, tokens + (now - at) * rate)
local allowed = 0
if tokens >= cost then tokens = tokens - cost allowed = 1 end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('EXPIRE', KEYS[1], math.ceil(capacity / rate) + 1)
return allowed
"""


def take(key: str, *, limit: int, per_s: float, cost: int = 1, open_without_valkey: bool = False) -> bool:
    """Take `cost` of `limit` tokens that refill over `per_s` seconds; False when there are not enough.

    Without Valkey the answer is False (limits do not fail open) unless the caller says otherwise.
    """
    try:
        return bool(valkey.client().eval(_BUCKET, 1, valkey.key("limit", key), limit, limit / per_s, cost))
    except redis.RedisError:
        return open_without_valkey
