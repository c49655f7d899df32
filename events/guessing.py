"""Who asks again and again for ids that are not there, or not theirs, waits; the log says so (S-52)."""

from __future__ import annotations

import time
from collections import OrderedDict

import structlog

from events import limits
from events.origin import shortened

log = structlog.get_logger(__name__)
# An agent with an old page meets a handful of things that are gone; a walk through ids meets hundreds.
MISSES, PER_S = 100, 600.0
WAIT_S = 60.0
_REMEMBER = 20_000
_until: OrderedDict[str, float] = OrderedDict()


def user(pk: int) -> str:
    """The name under which a signed-in person's misses are counted."""
    return f"user:{pk}"


def visitor(pk: int) -> str:
    """The name under which a visitor's misses are counted."""
    return f"visitor:{pk}"


def network(address: str) -> str:
    """The name under which the misses of those are counted of whom only the network is known."""
    return f"network:{address}"


def missed(actor: str) -> None:
    """`actor` asked for an id and got “not found”. After MISSES within PER_S seconds `waits` is true for WAIT_S.

    The misses are counted in Valkey for all processes; each process keeps by itself whom it lets wait, so that the
    question before every request costs nothing.
    """
    if limits.take(f"missed:{actor}", limit=MISSES, per_s=PER_S, open_without_valkey=True):
        return
    if not waits(actor):
        kind, _, who = actor.partition(":")
        log.warning("walk through ids", actor=f"{kind}:{shortened(who)}" if kind == "network" else actor)
    _until[actor] = time.monotonic() + WAIT_S
    _until.move_to_end(actor)
    while len(_until) > _REMEMBER:
        _until.popitem(last=False)


def waits(actor: str) -> bool:
    """Whether `actor` has guessed too often: nothing that has an id is answered, be it there or not."""
    until = _until.get(actor)
    if until is None:
        return False
    if until > time.monotonic():
        return True
    _until.pop(actor, None)
    return False
