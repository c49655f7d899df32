"""Rate limits and presence in Valkey: exact under load, refilled by time, and what happens without it (S-50, R-04)."""

from __future__ import annotations

import pytest
import redis
import redis.retry

from events import limits, presence, valkey
from tests.threads import in_threads


def key_of(name: str) -> str:
    return valkey.key("limit", name)


def back_in_time(name: str, seconds: float) -> None:
    """The bucket was last used `seconds` ago."""
    client = valkey.client()
    client.hset(key_of(name), "at", float(client.hget(key_of(name), "at")) - seconds)


def test_so_many_and_no_more(clean_valkey):
    """Five at once, the sixth not."""
    taken = [limits.take("door", limit=5, per_s=3600) for _ in range(7)]
    assert taken == [True] * 5 + [False] * 2


def test_time_gives_back(clean_valkey):
    """Five per ten seconds: one every two, never more than five."""
    for _ in range(5):
        limits.take("door", limit=5, per_s=10)
    back_in_time("door", 2)
    assert [limits.take("door", limit=5, per_s=10) for _ in range(2)] == [True, False]
    back_in_time("door", 1000)
    assert [limits.take("door", limit=5, per_s=10) for _ in range(6)] == [True] * 5 + [False]


def test_a_dear_one_takes_more(clean_valkey):
    """What does not fit takes nothing."""
    assert limits.take("door", limit=5, per_s=3600, cost=3)
    assert not limits.take("door", limit=5, per_s=3600, cost=3)
    assert limits.take("door", limit=5, per_s=3600, cost=2)


def test_keys_do_not_touch_each_other(clean_valkey):
    """One visitor's limit is not another's; a used bucket goes away by itself."""
    assert limits.take("a", limit=1, per_s=60)
    assert limits.take("b", limit=1, per_s=60)
    assert not limits.take("a", limit=1, per_s=60)
    assert 0 < clean_valkey.ttl(key_of("a")) <= 61


def test_exact_under_load(clean_valkey):
    """Eight threads, one bucket of fifty."""

    def knock() -> int:
        return sum(limits.take("door", limit=50, per_s=3600) for _ in range(20))

    assert sum(in_threads(*[knock] * 8)) == 50


def test_without_valkey_the_door_is_shut(no_valkey):
    """Limits do not fail open, unless the caller says that it must go on."""
    assert limits.take("door", limit=5, per_s=10) is False
    assert limits.take("door", limit=5, per_s=10, open_without_valkey=True) is True


def test_nobody_waits_for_a_valkey_that_is_away(no_valkey, monkeypatch):
    """R-04: two tries without a pause between them, not ten with pauses: a page is not held up."""
    tried = []

    def refused(self):
        tried.append(self)
        raise ConnectionRefusedError

    monkeypatch.setattr(redis.Connection, "_connect", refused)
    monkeypatch.setattr(redis.retry, "sleep", pytest.fail)
    assert limits.take("door", limit=5, per_s=10) is False
    assert len(tried) == 2


def test_who_is_here(clean_valkey):
    """For 45 seconds after the last sign of life."""
    presence.touch(1)
    presence.touch(2)
    assert presence.online([1, 2, 3]) == {1, 2}
    assert 40 <= clean_valkey.ttl(valkey.key("here", 1)) <= presence.TTL_S
    presence.gone(1)
    assert presence.online([1, 2, 3]) == {2}
    assert presence.online([]) == set()


def test_without_valkey_nobody_is_here(no_valkey):
    """No error: the ring asks members in their order, sockets go on (R-04)."""
    presence.touch(1)
    assert presence.online([1]) == set()
