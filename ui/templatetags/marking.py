"""{{ name|marked:query }}: what was searched for, marked in what was found; accents and capitals aside."""

from __future__ import annotations

import re
import unicodedata

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


def _folded(letter: str) -> str:
    """One character without accents and capitals; exactly one again, so that places stay the same."""
    plain = unicodedata.normalize("NFKD", letter.casefold())
    return plain[0] if plain else letter


@register.filter
def marked(text: str, query: str) -> SafeString:
    """The text, escaped, each word of the query inside <mark>; the whole text when nothing is found."""
    words = sorted({"".join(map(_folded, word)) for word in (query or "").split()}, key=len, reverse=True)
    if not words:
        return format_html("{}", text)
    folded = "".join(map(_folded, text))
    pieces: list[tuple[SafeString | str]] = []
    end = 0
    for hit in re.finditer("|".join(map(re.escape, words)), folded):
        pieces += [(text[end : hit.start()],), (format_html("<mark>{}</mark>", text[hit.start() : hit.end()]),)]
        end = hit.end()
    return format_html_join("", "{}", [*pieces, (text[end:],)])
