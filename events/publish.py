"""The only place that publishes a frame, always after commit; unit() is the transaction that all actions write in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import redis
import structlog
from django.db import connection, transaction

from events import valkey

log = structlog.get_logger(__name__)


@dataclass
class _Unit:
    frames: list[tuple[str, str, dict]] = field(default_factory=list)
    calls: dict[Callable[[], None], None] = field(default_factory=dict)


class _Local(threading.local):
    unit: _Unit | None = None


_local = _Local()

_RAISE = """
INSERT INTO events_stream (name, version) SELECT n, c FROM unnest(%s::text[], %s::bigint[]) AS t(n, c) ORDER BY n
ON CONFLICT (name) DO UPDATE SET version = events_stream.version + EXCLUDED.version
RETURNING name, version
"""


@contextmanager
def unit() -> Iterator[None]:
    """A transaction whose frames leave after its commit, in the order in which they were published.

    Nested units join the outer one; one that fails takes its frames with it, for whoever catches the exception rolls
    back to a savepoint. The versions of the groups are raised by the last statement before the commit, in order of
    name: their rows are locked for a moment only, always in the same order.
    """
    if _local.unit is not None:
        yield from _nested(_local.unit)
        return
    _local.unit = current = _Unit()
    try:
        with transaction.atomic():
            yield
            for call in current.calls:
                transaction.on_commit(call, robust=True)
            if current.frames:
                wire = _number(current.frames)
                transaction.on_commit(lambda: _send(wire))
    finally:
        _local.unit = None


def _nested(outer: _Unit) -> Iterator[None]:
    told = len(outer.frames)
    try:
        yield
    except BaseException:
        del outer.frames[told:]
        raise


def after_commit(call: Callable[[], None]) -> None:
    """Have `call` run after the commit, once however often it is asked for in one unit; its failure is only logged."""
    if _local.unit is None:
        transaction.on_commit(call, robust=True)
    else:
        _local.unit.calls[call] = None


def publish(group: str, kind: str, data: dict) -> None:
    """Queue a frame for one audience; raises RuntimeError outside unit()."""
    if _local.unit is None:
        raise RuntimeError("publish() belongs inside the unit() that stores what it tells")
    _local.unit.frames.append((group, kind, data))


def whisper(group: str, kind: str, data: dict) -> None:
    """Send an uncounted frame at once; it may be lost (typing, presence)."""
    _send([(group, _encode({"g": group, "k": kind, "d": data}))])


def _number(frames: list[tuple[str, str, dict]]) -> list[tuple[str, bytes]]:
    counts: dict[str, int] = {}
    for group, _, _ in frames:
        counts[group] = counts.get(group, 0) + 1
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [list(counts), list(counts.values())])
        newest = dict(cursor.fetchall())
    version = {group: newest[group] - count for group, count in counts.items()}
    wire = []
    for group, kind, data in frames:
        version[group] += 1
        wire.append((group, _encode({"g": group, "v": version[group], "k": kind, "d": data})))
    return wire


def _encode(frame: dict) -> bytes:
    return orjson.dumps(frame, default=str)


def _send(wire: list[tuple[str, bytes]]) -> None:
    try:
        pipe = valkey.client().pipeline(transaction=False)
        for group, payload in wire:
            pipe.publish(valkey.key("g", group), payload)
        pipe.execute()
    except redis.RedisError as error:
        # The message is stored; the next beat shows every socket the gap and it fetches what it missed.
        log.warning("frames not published", frames=len(wire), error=type(error).__name__)
