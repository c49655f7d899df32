"""Whether a message has left by mail already: known above this floor, asked through the rows of memo/wiring.py."""

from __future__ import annotations

from collections.abc import Callable

SOURCES: list[Callable[[int, int], bool]] = []


def was_mailed(conversation_id: int, seq: int) -> bool:
    """Whether a mail with the message of this seq went to somebody: what it said there cannot be changed any more."""
    return any(source(conversation_id, seq) for source in SOURCES)
