"""Pure: a pasted or uploaded list of people → rows of four cells. Knows nothing of companies or forms (M-17)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

MAX_LINES = 500
MAX_BYTES = 256 * 1024
FIELDS = ("email", "first_name", "last_name", "position")
_HEADINGS = {
    "email": {"email", "e-mail", "mail", "e-mail address", "email address", "e-mail-adresse", "e-post", "epost"},
    "first_name": {"first name", "first", "firstname", "given name", "vorname", "förnamn"},
    "last_name": {"last name", "last", "lastname", "surname", "family name", "nachname", "name", "efternamn"},
    "position": {"position", "job title", "title", "role", "funktion", "stelle", "befattning"},
}
_SEPARATORS = ";\t,"


class BadList(Exception):
    """The whole list cannot be read; `code`: too_big, too_long, empty or unreadable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Row:
    """One line of the list: its number in the file, counted from 1, and its cells by field."""

    number: int
    cells: dict[str, str]


def text_of(raw: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else as Windows writes Western languages.

    Raises BadList(too_big).
    """
    if len(raw) > MAX_BYTES:
        raise BadList("too_big")
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def rows_of(text: str) -> list[Row]:
    """The lines that hold anything, at most 500; a heading is recognised and orders the columns. Raises BadList."""
    if len(text) > MAX_BYTES:
        raise BadList("too_big")
    lines = _lines(text.removeprefix("\ufeff").replace("\x00", ""))
    if not lines:
        raise BadList("empty")
    order = _heading(lines[0][1])
    if order:
        lines = lines[1:]
    if not lines:
        raise BadList("empty")
    if len(lines) > MAX_LINES:
        raise BadList("too_long")
    return [Row(number, _cells(values, order or FIELDS)) for number, values in lines]


def _lines(text: str) -> list[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found = []
    try:
        for values in reader:
            cleaned = [" ".join(value.split()) for value in values]
            if any(cleaned):
                found.append((reader.line_num, cleaned))
    except csv.Error:
        raise BadList("unreadable") from None
    return found


def _heading(values: list[str]) -> tuple[str, ...]:
    """The field of each column ("" = none of ours); empty when the first line is a person already."""
    if any("@" in value for value in values):
        return ()
    known = {word: field for field, words in _HEADINGS.items() for word in words}
    named = tuple(known.get(value.casefold(), "") for value in values)
    return named if "email" in named else ()


def _cells(values: list[str], order: tuple[str, ...]) -> dict[str, str]:
    cells = dict.fromkeys(FIELDS, "")
    cells.update({field: value for field, value in zip(order, values, strict=False) if field})
    return cells
