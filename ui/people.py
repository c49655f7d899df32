"""How a person or a company looks in small: initials, colour, shape. Knows nobody: takes what has a name."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

COLOURS = 8
_UNNAMED = re.compile(r"#\d+$")


@dataclass(frozen=True)
class Face:
    """What an avatar shows. `colour` is 1…8, or 0 for somebody who has no name yet."""

    name: str
    initials: str
    colour: int
    image: str = ""
    square: bool = False


def colour_of(public_id: object) -> int:
    """1…8, always the same for the same public id."""
    return zlib.crc32(str(public_id).encode()) % COLOURS + 1


def initials_of(name: str) -> str:
    """One or two capital letters: of the first and the last word, or of the address before the @; “· Süd AG” after
    the name says where somebody works and counts for nothing.
    """
    own = name.partition(" · ")[0].partition("@")[0].strip()
    words = [word for word in re.split(r"[\s.]+", own) if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def face_of(person: Any) -> Face:
    """The face of a user, member, customer, visitor, company, author, or of the dict that a frame carries.

    Dicts have "name" and may have "id", "avatar" (an address), "kind". Objects have `full_name`, `label` or `name`, or
    a `user` that has; `public_id`; they may have `avatar_url`. What has a `slug` is a company.
    """
    if isinstance(person, dict):
        return _face(person.get("name") or "", person.get("id") or "", person.get("avatar") or "", square=False)
    for attribute in ("full_name", "label", "name"):
        if name := getattr(person, attribute, ""):
            public_id = getattr(person, "public_id", None) or getattr(person, "id", "") or name
            return _face(str(name), public_id, getattr(person, "avatar_url", ""), square=hasattr(person, "slug"))
    user = getattr(person, "user", None)
    return face_of(user) if user is not None else _face(str(person), str(person), "", square=False)


def _face(name: str, public_id: object, image: str, *, square: bool) -> Face:
    if _UNNAMED.search(name):  # "Visitor #4817"
        return Face(name, name[:1].upper(), 0, image, square)
    return Face(name, initials_of(name), colour_of(public_id or name), image, square)
