"""What memo/wiring.py fills in at start: the upward connections, as plain tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from events.models import Event

Reaction = Callable[[list[Event], datetime], None]
Settle = Callable[[int, str, datetime], None]
Renderer = Callable[[dict], str]

REACTIONS: dict[str, list[Reaction]] = {}
DUE: dict[str, Settle] = {}
# Kinds of deadlines that may wait behind the others (each makes a mail): a hundred of them hold up no escalation.
PATIENT: set[str] = set()
RENDERERS: dict[str, Renderer] = {}
