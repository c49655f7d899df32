"""What each app has on a person: the registry by which everything about somebody is shown or forgotten (privacy).

Every app that keeps something about people offers one Holding; memo/wiring.py lists them, so nothing imports upwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop

# Under this word who was erased is kept everywhere; pages show it in the reader's language (`called`).
DELETED = gettext_noop("Deleted user")


def called(name: str) -> str:
    """The name as it is shown: who was erased is kept under one word, which each reader sees in their language."""
    return gettext(DELETED) if name == DELETED else name


@dataclass(frozen=True)
class Person:
    """Somebody, as far as one company knows them (`company_id`), or everywhere (None: themselves, an operator).

    `keys` name their rows as events do: “user:5”, “customer:3”, “visitor:9”. `whole_login`: the login itself goes, for
    nothing else hangs on it.
    """

    email: str
    company_id: int | None = None
    user_id: int | None = None
    keys: frozenset[str] = frozenset()
    whole_login: bool = False

    def ids(self, kind: str) -> list[int]:
        """Primary keys of that kind, in order."""
        return sorted(int(key.partition(":")[2]) for key in self.keys if key.startswith(f"{kind}:"))

    @property
    def known(self) -> bool:
        return self.user_id is not None or bool(self.keys)


@dataclass
class Section:
    """One part of what a person gets: plain rows, and files as (name, open-able file field)."""

    title: str
    rows: list[dict[str, Any]]
    files: list[tuple[str, Any]] = field(default_factory=list)


Find = Callable[[str, int | None, int | None], set[str]]
Collect = Callable[[Person], list[Section]]
Erase = Callable[[Person, str, datetime], dict[str, int]]


def nobody(email: str, company_id: int | None, user_id: int | None) -> set[str]:
    """For apps that only hang on what others have found."""
    return set()


@dataclass(frozen=True)
class Holding:
    """One app's part. `models`: what it answers for (“app.Model”). `find(email, company_id, user_id)` gives keys,
    `collect(person)` what is shown, `erase(person, by, now)` forgets and says how many rows by name.
    """

    app: str
    models: frozenset[str]
    collect: Collect
    erase: Erase
    find: Find = nobody


# In the order of forgetting: rights first, the login last.
HOLDINGS: list[Holding] = []
