"""The piece of a text around what was found, cut into marked and unmarked parts: pure, for templates that escape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+")
_BEFORE, _LENGTH = 60, 200
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "þ": "th"})


@dataclass(frozen=True)
class Part:
    """A stretch of text; `marked` when it is a word that was looked for."""

    text: str
    marked: bool = False


def plain(word: str) -> str:
    """As the index compares words: small letters, no accents; ä, ae and a are one letter."""
    letters = unicodedata.normalize("NFKD", word.lower().translate(_SPELT))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def excerpt(text: str, lexemes: Iterable[str]) -> list[Part]:
    """About 200 characters around the first word that one of the lexemes stands for; the beginning if there is none."""
    text = " ".join(text.split())
    wanted = tuple(lexemes)
    marks = [found.span() for found in _TOKEN.finditer(text) if _stands_for(plain(found[0]), wanted)]
    start = _at_word(text, marks[0][0] - _BEFORE) if marks and marks[0][0] > _BEFORE else 0
    end = min(len(text), start + _LENGTH)
    parts, at = [Part("… ")] if start else [], start
    for begin, stop in marks:
        if begin < at or begin >= end:
            continue
        parts += [Part(text[at:begin]), Part(text[begin : min(stop, end)], True)]
        at = min(stop, end)
    parts.append(Part(text[at:end] + (" …" if end < len(text) else "")))
    return [part for part in parts if part.text]


def marked(text: str, lexemes: Iterable[str], begun: str = "") -> list[Part]:
    """The whole of a name or subject; `begun` is marked where a word begins with it, however short it is."""
    wanted, parts, at = tuple(lexemes), [], 0
    for found in _TOKEN.finditer(text):
        word = plain(found[0])
        if _stands_for(word, wanted) or (begun and word.startswith(begun)):
            parts += [Part(text[at : found.start()]), Part(found[0], True)]
            at = found.end()
    return [part for part in [*parts, Part(text[at:])] if part.text]


def _stands_for(word: str, lexemes: tuple[str, ...]) -> bool:
    return any(
        word == lexeme or (len(lexeme) > 2 and word.startswith(lexeme)) or (len(lexeme) > 3 and lexeme in word)
        for lexeme in lexemes
    )


def _at_word(text: str, at: int) -> int:
    """The beginning of the next word, unless it is far."""
    blank = text.find(" ", at, at + _BEFORE)
    return blank + 1 if blank >= 0 else at
