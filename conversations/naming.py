"""Pure: whom a text names as “@Ben Fuchs” or “@Ben”, among the people who may read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from accounts.models import User

MOST = 20


class Named(NamedTuple):
    """A person and the words that name them, as they stand in the text."""

    user: User
    name: str


def named_in(text: str, people: Iterable[User]) -> list[Named]:
    """Each person once, in the order of the text, at most MOST. The longest name that fits counts; a first name alone
    only where nobody else has it; nothing inside of an address or a word.
    """
    if "@" not in text:
        return []
    names = _names(people)
    longest = sorted(names, key=len, reverse=True)
    found: dict[int, Named] = {}
    at = text.find("@")
    while at >= 0 and len(found) < MOST:
        begins = at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "@._-")
        name = _name_at(text, at + 1, longest) if begins else ""
        if name:
            user = names[name]
            found.setdefault(user.pk, Named(user, text[at + 1 : at + 1 + len(name)]))
        at = text.find("@", at + 1)
    return list(found.values())


def _names(people: Iterable[User]) -> dict[str, User]:
    """Folded name → person; a name that two people have names nobody, unless one of them has it whole."""
    everybody = list({person.pk: person for person in people}.values())
    whole = Counter(_fold(person.full_name) for person in everybody)
    first = Counter(_fold(person.first_name) for person in everybody)
    names = {_fold(one.first_name): one for one in everybody if first[_fold(one.first_name)] == 1}
    names |= {_fold(one.full_name): one for one in everybody if whole[_fold(one.full_name)] == 1}
    return {name: person for name, person in names.items() if name}


def _fold(name: str) -> str:
    """Small letters, as many of them as before: places in the text stay places."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in name)


def _name_at(text: str, at: int, names: list[str]) -> str:
    for name in names:
        end = at + len(name)
        if _fold(text[at:end]) == name and not (end < len(text) and (text[end].isalnum() or text[end] == "_")):
            return name
    return ""
