"""Pure: whose turn is it? Given the line, who was tried and who is there – the next member, or nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """A member's place in the line and what counts for their turn."""

    user_id: int
    position: int
    last_offered_at: datetime | None
    available: bool
    online: bool


@dataclass(frozen=True)
class Turn:
    """The next offer: to whom and in which round (1 = first)."""

    user_id: int
    round: int


def candidates(line: Iterable[Place], *, tried: frozenset[int], fixed: bool) -> list[Place]:
    """Available members not yet tried in this round: online first, then least recently offered, or by position."""
    free = [place for place in line if place.available and place.user_id not in tried]
    if fixed:
        return sorted(free, key=lambda p: (not p.online, p.position, p.user_id))
    return sorted(
        free,
        key=lambda p: (
            not p.online,
            p.last_offered_at is not None,
            p.last_offered_at.timestamp() if p.last_offered_at else 0.0,
            p.position,
            p.user_id,
        ),
    )


def next_in_line(
    line: Sequence[Place],
    *,
    tried: Sequence[tuple[int, int]],
    max_rounds: int,
    fixed: bool,
    preferred: int | None = None,
) -> Turn | None:
    """The next turn after the offers in `tried` ((user, round), oldest first), or None: the request is unclaimed.

    Never the same member twice running; a line with one available member rings once (model.md §4.2, A-04).
    `preferred` (a former assignee) is asked first when nobody was tried yet and they are available.
    """
    last_user, current = tried[-1] if tried else (None, 1)
    if not tried and preferred is not None and any(p.user_id == preferred and p.available for p in line):
        return Turn(preferred, 1)
    for round_ in (current, current + 1):
        if round_ > max_rounds:
            return None
        done = frozenset(user for user, tried_round in tried if tried_round == round_)
        free = [p for p in candidates(line, tried=done, fixed=fixed) if p.user_id != last_user]
        if free:
            return Turn(free[0].user_id, round_)
    return None
