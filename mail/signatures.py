"""Finds the signature among new lines and marks it; a postscript below it stays text (email.md, case 34)."""

from __future__ import annotations

import re

from mail import phrases
from mail.lines import Line

_SIGNATURE_LINES = 25
_AFTER_SIGN_OFF = 12
_CONTACT = re.compile(
    r"@|https?:|www\.|\+?\d[\d ()/.-]{5,}|\||\b(?:tel|fon|phone|mobil|mobile|fax|gmbh|ag|ab|ltd|inc|e-?mail|web)\b",
    re.IGNORECASE,
)


def mark_signatures(lines: list[Line]) -> None:
    """Marks "signature" on signatures in every stretch of new lines that ends the mail or stands before a quote."""
    start = 0
    while start < len(lines):
        if lines[start].mark in {"quote", "forward"}:
            start += 1
            continue
        end = start
        while end < len(lines) and lines[end].mark not in {"quote", "forward"}:
            end += 1
        _mark_in(lines, start, end)
        start = end


def _mark_in(lines: list[Line], start: int, end: int) -> None:
    filled = [number for number in range(start, end) if lines[number].text.strip() and not lines[number].mark]
    if not filled:
        return
    _mark_banner(lines, filled, start)
    anything_above = any(line.text.strip() and not line.mark for line in lines[:start])
    for find in (_after_delimiter, _disclaimer, _client_line, _sign_off, _name_line):
        filled = [number for number in filled if not lines[number].mark]
        first = find(lines, filled) if filled else None
        if first is not None:
            _mark(lines, first, end)
    footer = _list_footer(lines, filled, anything_above)
    if footer is not None:
        _mark(lines, footer, end)


def _mark(lines: list[Line], first: int, end: int) -> None:
    """Marks from `first` on, but gives a postscript and what follows it up to the next mark back."""
    for number in range(first, end):
        line = lines[number]
        if number > first and phrases.POSTSCRIPT.match(line.text[:200]):
            return
        if not line.mark:
            line.mark = "signature"


def _mark_banner(lines: list[Line], filled: list[int], start: int) -> None:
    """The "[EXTERNAL] …" warning a mail server puts on top is nobody's text."""
    first = filled[0]
    if len(filled) > 1 and phrases.BANNER.match(lines[first].text[:400]):
        lines[first].mark = "signature"


def _after_delimiter(lines: list[Line], filled: list[int]) -> int | None:
    for number in filled:
        if phrases.SIGNATURE_DELIMITER.match(lines[number].text[:20]) and not lines[number].depth:
            rest = [one for one in filled if one > number]
            return number if len(rest) <= _SIGNATURE_LINES else None
    return None


def _disclaimer(lines: list[Line], filled: list[int]) -> int | None:
    for number in filled[1:]:
        if phrases.DISCLAIMER.match(lines[number].text[:300]):
            return number
    return None


def _list_footer(lines: list[Line], filled: list[int], anything_above: bool) -> int | None:
    for position, number in enumerate(filled):
        if (position or anything_above) and re.fullmatch(r"[_\-=]{20,}", lines[number].text.strip()[:200]):
            rest = [lines[one].text[:200] for one in filled[position + 1 :]]
            if len(rest) <= 6 and any(phrases.LIST_FOOTER.search(text) for text in rest):
                return number
    return None


def _client_line(lines: list[Line], filled: list[int]) -> int | None:
    for position in range(max(1, len(filled) - 4), len(filled)):
        text = re.sub(r"<https?://[^<>\s]*>", "", lines[filled[position]].text[:300]).strip()
        if len(text) <= 90 and phrases.CLIENT_LINE.match(text):
            after = [lines[one].text.strip() for one in filled[position + 1 :]]
            return filled[position] if all(_is_contact(one) for one in after) else None
    return None


def _sign_off(lines: list[Line], filled: list[int]) -> int | None:
    """The last "Kind regards" with nothing but a name and contact lines after it, and with text before it."""
    for position in range(len(filled) - 1, 0, -1):
        number = filled[position]
        if phrases.SIGN_OFF.match(lines[number].text[:120]) and len(lines[number].text) <= 80:
            after = [lines[one].text.strip() for one in filled[position + 1 :]]
            cut = next((i for i, text in enumerate(after) if phrases.POSTSCRIPT.match(text[:200])), len(after))
            if cut <= _AFTER_SIGN_OFF and all(_is_contact(text) for text in after[:cut]):
                return number
    return None


def _is_contact(text: str) -> bool:
    """A name, a role, a company, a telephone number: no sentence and no question."""
    if len(text) > 200 or text.endswith("?"):
        return False
    if _CONTACT.search(text):
        return True
    first = text.lstrip("*_-–—/ ([")[:1]
    return len(text) <= 70 and not first.islower() and not (text.endswith((".", "!")) and len(text.split()) > 3)


def _name_line(lines: list[Line], filled: list[int]) -> int | None:
    if len(filled) > 1 and phrases.NAME_LINE.match(lines[filled[-1]].text[:100]):
        return filled[-1]
    return None
