"""Who talks with whom in a run: how many agents, conversations and people per inbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """`agents` sockets; agent i has conversation i modulo `conversations` open, and works in its inbox only.

    `conversations_per_inbox` neighbours share one inbox, so a message's list row goes to all their agents.
    """

    name: str
    agents: int
    conversations: int
    conversations_per_inbox: int = 1

    @property
    def members(self) -> int:
        return self.agents // self.conversations


#: The reference's shape: 3 deliveries a message; the list row of a message goes to the same three people.
CHAT = Shape("chat", 300, 100)
#: The same in teams of 30: every message also moves a row in 30 lists.
TEAMS = Shape("teams", 300, 100, 10)
ONE = Shape("fan-out 1", 100, 100)
TEN = Shape("fan-out 10", 200, 20)
HUNDRED = Shape("fan-out 100", 300, 3)
IDLE = Shape("idle", 2000, 1000, 10)
IDLE_QUICK = Shape("idle quick", 500, 250, 10)

ALL = (CHAT, TEAMS, ONE, TEN, HUNDRED, IDLE, IDLE_QUICK)
