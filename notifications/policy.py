"""Pure: event + preferences → who is told, and how (model.md §4.3, N-47…N-66)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What one user wants to be told; the defaults of model.md §8."""

    customer_messages: str = "all"
    user_to_customer: str = "mine"
    internal: bool = True
    direct: bool = True
    in_app: bool = True
    email: bool = True


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


@dataclass(frozen=True)
class Told:
    """A user who is told: in the application, by mail after the unseen minute, or both."""

    user_id: int
    in_app: bool
    email: bool


DEFAULT = Wish()


def team_to_tell(case: Case, wishes: Mapping[int, Wish]) -> list[Told]:
    """The team members to tell of a message: never its author, never of automatic lines (INV-08)."""
    if case.automatic:
        return []
    return [
        told
        for user_id in sorted(_audience(case, wishes))
        if user_id != case.author_id and (told := _told(user_id, wishes.get(user_id, DEFAULT))) is not None
    ]


def _told(user_id: int, wish: Wish) -> Told | None:
    return Told(user_id, wish.in_app, wish.email) if wish.in_app or wish.email else None


def _audience(case: Case, wishes: Mapping[int, Wish]) -> Iterable[int]:
    if case.kind == "direct":
        return [u for u in case.followers if wishes.get(u, DEFAULT).direct]
    if case.kind == "internal":
        return [u for u in case.followers if wishes.get(u, DEFAULT).internal]
    if not case.by_requester:
        return _told_of_team_reply(case, wishes)
    # While it rings the holder alone is told, whatever the others' preferences say (A-02).
    if case.routing == "ringing":
        return [case.holder] if case.holder else []
    if case.routing == "waiting":
        return []
    if case.routing == "assigned":
        people = {case.assignee, *case.followers} - {None}
        return [u for u in people if wishes.get(u, DEFAULT).customer_messages != "none"]
    if case.routing == "unclaimed" and case.after_ring:
        return case.managers
    return [u for u in case.inbox_people if _wants_customer_message(case, wishes.get(u, DEFAULT), u)]


def _wants_customer_message(case: Case, wish: Wish, user_id: int) -> bool:
    return wish.customer_messages == "all" or (wish.customer_messages == "mine" and user_id in case.followers)


def _told_of_team_reply(case: Case, wishes: Mapping[int, Wish]) -> Iterable[int]:
    """Other following users hear of a colleague's reply to the customer only with their switch on (N-60)."""
    return [
        u
        for u in case.followers
        if wishes.get(u, DEFAULT).user_to_customer == "all"
        or (wishes.get(u, DEFAULT).user_to_customer == "mine" and u == case.assignee)
    ]
