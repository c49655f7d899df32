"""Plain text as HTML: escaped, web addresses as links that tell the other side nothing (S-22, S-26, S-27)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

MAX_LINKS = 200
# Starts with one class of characters, which the engine skips to; everything behind it is tried once.
_ADDRESS = re.compile(
    r"[hHwW](?<![\w@/.-][hHwW])(?:(?<=[hH])[tT][tT][pP][sS]?://|(?<=[wW])[wW][wW]\.)"
    r"[^\s<>\"'`\u0000-\u0020\u00a0\u2000-\u206f\u3000]{1,1500}"
)
_BEGINS = re.compile(r"(?<![\w@/.-])(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)")
_LONGEST_BEGIN = 8
_TAIL = ".,;:!?…*_~|"
_PAIRS = {")": "(", "]": "[", "}": "{", "»": "«", "“": "„", "”": "“"}


def linked(text: str) -> SafeString:
    """`text` with its web addresses as links, at most MAX_LINKS of them; line ends stay line ends."""
    return format_html_join("", "{}", ((part,) for part in _parts(text)))


def _parts(text: str) -> Iterator[str]:
    at = 0
    for number, found in enumerate(_ADDRESS.finditer(text)):
        if number == MAX_LINKS:
            break
        address = _whole(found[0])
        if not address:
            continue
        yield escape(text[at : found.start()])
        yield _link(address)
        at = found.start() + len(address)
    yield escape(text[at:])


def address_at(text: str, at: int, end: int) -> str:
    """The web address that begins at this place of the text, "" when none does."""
    found = _ADDRESS.match(text, at, end) if at < end and text[at] in "hHwW" else None
    return _whole(found[0]) if found else ""


def next_address(text: str, at: int, end: int) -> int:
    """The next place from `at` on, before `end`, where an address may begin; `end` when there is none."""
    found = _BEGINS.search(text, at, end + _LONGEST_BEGIN)
    return min(found.start(), end) if found else end


def _whole(found: str) -> str:
    """What was found without the end of its sentence; "" when it names no host."""
    address = _without_tail(found.partition("](")[0])
    host = address.partition("://")[2] or address
    return address if "." in host[1:] or host.lower().startswith("localhost") else ""


def _without_tail(address: str) -> str:
    """Punctuation that ends the sentence is not part of the address; a bracket is, when it was opened inside."""
    end = len(address)
    unopened = {close: address.count(close) - address.count(opener) for close, opener in _PAIRS.items()}
    while end > 0:
        last = address[end - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in _TAIL:
            break
        end -= 1
    return address[:end]


def _link(address: str) -> SafeString:
    target = address if "://" in address else f"https://{address}"
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>', target, address)
