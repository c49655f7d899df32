"""Pure: event + preferences → who is told, of what, by which ways (model.md §4.3, N-47…N-66)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# The ways by which somebody is told. Sound and flashing tab belong to the bubble: without it neither comes (N-54).
IN_APP, SOUND, FLASH, PUSH, EMAIL = WAYS = ("in_app", "sound", "flash", "push", "email")
EVERY = frozenset(WAYS)
_WITH_BUBBLE = frozenset({SOUND, FLASH})

# What one is told of: the rows of the table in the settings.
NEW, MINE, MY_REPLIES, REPLIES, INTERNAL, MENTION, DIRECT, OFFER, ASSIGNED, UNCLAIMED, OTHER = ROWS = (
    "new",  # a customer writes, and nobody holds the conversation
    "mine",  # a customer writes in a conversation that is assigned to me or that I follow
    "my_replies",  # a colleague answers the customer of a conversation that is assigned to me
    "replies",  # … of another one that I follow
    "internal",
    "mention",
    "direct",
    "offer",  # a request rings at me
    "assigned",
    "unclaimed",  # for managers: nobody took it
    "other",  # back from a snooze, not delivered
)
FROM_CUSTOMERS = frozenset({NEW, MINE})
FROM_USERS = frozenset({MY_REPLIES, REPLIES, INTERNAL, MENTION, DIRECT})
# Who has chosen nothing: everything by every way, but not every word of the others (model.md §8, N-60).
DEFAULTS: dict[str, frozenset[str]] = dict.fromkeys(ROWS, EVERY) | {
    REPLIES: frozenset(),
    OTHER: EVERY - {EMAIL},
}


@dataclass(frozen=True)
class Wish:
    """What one user wants to be told. `cells`: row → ways, where it is not the default; `ways`: those in use at all;
    the two switches are those of the user panel (N-27).
    """

    cells: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ways: frozenset[str] = EVERY
    from_customers: bool = True
    from_users: bool = True

    def of(self, row: str) -> frozenset[str]:
        """The ways for this row; a request that rings is always shown (A-02)."""
        found = self.cells.get(row, DEFAULTS[row]) & self.ways
        if row in FROM_CUSTOMERS and not self.from_customers:
            return frozenset()
        if row in FROM_USERS and not self.from_users:
            return frozenset()
        if row == MENTION and INTERNAL in self.cells and not self.cells[INTERNAL]:
            return frozenset()  # whoever wants nothing internal is not called in by a name either (N-66)
        if IN_APP not in found:
            found -= _WITH_BUBBLE
        return found | {IN_APP} if row == OFFER else found


@dataclass(frozen=True)
class Case:
    """A message and where its conversation stands. All ids are user ids."""

    kind: str
    routing: str
    author_id: int | None
    by_requester: bool
    automatic: bool
    assignee: int | None = None
    holder: int | None = None
    after_ring: bool = False
    followers: frozenset[int] = frozenset()
    inbox_people: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()
    mentioned: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Told:
    """A user who is told: of which row, by which ways."""

    user_id: int
    row: str
    ways: frozenset[str] = EVERY

    @property
    def in_app(self) -> bool:
        return IN_APP in self.ways

    @property
    def email(self) -> bool:
        return EMAIL in self.ways

    @property
    def push(self) -> bool:
        return PUSH in self.ways


DEFAULT = Wish()


def team_to_tell(case: Case, wishes: Mapping[int, Wish]) -> list[Told]:
    """The team members to tell of a message: never its author, never of automatic lines (INV-08)."""
    if case.automatic:
        return []
    rows = dict(_audience(case))
    rows |= dict.fromkeys(case.mentioned & _readers(case), MENTION)
    return [
        told
        for user_id, row in sorted(rows.items())
        if user_id != case.author_id and (told := told_of(user_id, row, wishes)) is not None
    ]


def told_of(user_id: int, row: str, wishes: Mapping[int, Wish]) -> Told | None:
    """How this user is told of that row; None when by no way."""
    ways = wishes.get(user_id, DEFAULT).of(row)
    return Told(user_id, row, ways) if ways else None


def _readers(case: Case) -> frozenset[int]:
    """Names call in only where customers do not read; who is named there follows from then on."""
    return frozenset() if case.kind == "customer" else case.followers


def _audience(case: Case) -> Iterable[tuple[int, str]]:
    """(user, row) of everybody concerned, whatever they want."""
    if case.kind in {"direct", "internal"}:
        return [(u, DIRECT if case.kind == "direct" else INTERNAL) for u in case.followers]
    if not case.by_requester:
        return [(u, MY_REPLIES if u == case.assignee else REPLIES) for u in case.followers]
    # While it rings the holder alone is told, whatever the others' preferences say (A-02).
    if case.routing == "ringing":
        return [(case.holder, OFFER)] if case.holder else []
    if case.routing == "waiting":
        return []
    if case.routing == "assigned":
        return [(u, MINE) for u in {case.assignee, *case.followers} - {None}]
    if case.routing == "unclaimed" and case.after_ring:
        return [(u, UNCLAIMED) for u in case.managers]
    return [(u, MINE if u in case.followers else NEW) for u in case.inbox_people]
