"""Who is here: Valkey keys with a time to live (refreshed every 15 s, forgotten after 45 s)."""

from __future__ import annotations

from collections.abc import Iterable

import redis
import structlog

from events import valkey

log = structlog.get_logger(__name__)

TTL_S = 45


def touch(user_id: int) -> None:
    """Say that this user has a page open; call every 15 seconds. Without Valkey nobody is here, which is no error."""
    try:
        valkey.client().set(valkey.key("here", user_id), 1, ex=TTL_S)
    except redis.RedisError as error:
        log.warning("presence not stored", error=type(error).__name__)


def gone(user_id: int) -> None:
    """Forget a user at once (sign-out, deactivation)."""
    valkey.client().delete(valkey.key("here", user_id))


def online(user_ids: Iterable[int]) -> set[int]:
    """The users of `user_ids` with a page open; nobody when Valkey does not answer."""
    ids = list(user_ids)
    if not ids:
        return set()
    try:
        found = valkey.client().mget([valkey.key("here", user_id) for user_id in ids])
    except redis.RedisError:
        return set()
    return {user_id for user_id, here in zip(ids, found, strict=True) if here}
