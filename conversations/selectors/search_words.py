"""What somebody typed → the words that the index is asked for. Nothing typed is ever an operator (S-37)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

MAX_QUERY = 120
_MAX_WORDS, _MAX_WORD, _SHORTEST_PART = 8, 40, 3
# Words of their inboxes that begin with the word or hold it inside; the shortest, beginnings first. Of many words each
# gets fewer: a sentence is looked for by its words, and every further one is one more list to be read.
_EXPAND, _EXPAND_LEAST, _EXPAND_ALL = 16, 4, 48
_NUMBER = re.compile(r"#?([1-9][0-9]{0,8})")
_NO_WORD = re.compile(r"[\W_]+")

_SQL = """
SELECT plain, part, stems, CASE WHEN length(plain) >= %s THEN ARRAY(
    SELECT found.word FROM (
      SELECT DISTINCT known.word FROM conversations_searchword AS known
      WHERE known.inbox_id = ANY(%s::bigint[]) AND known.word LIKE '%%' || part || '%%'
    ) AS found ORDER BY found.word NOT LIKE part || '%%', length(found.word), found.word LIMIT %s
  ) ELSE '{}' END
FROM unnest(string_to_array(btrim(memo_fold(%s)), ' ')) WITH ORDINALITY AS typed(word, place),
  memo_plain(word) AS plain,
  LATERAL (SELECT coalesce(ts_lexize('german_stem', plain), '{}') || coalesce(ts_lexize('swedish_stem', plain), '{}')
    || coalesce(ts_lexize('english_stem', plain), '{}')) AS said(stems),
  LATERAL (SELECT coalesce((SELECT stem FROM unnest(plain || stems) AS stem WHERE length(stem) > 4
    ORDER BY length(stem), stem LIMIT 1), plain)) AS looked(part)
WHERE word <> '' ORDER BY place
"""


@dataclass(frozen=True)
class Word:
    """One word: `plain` as it is compared, `part` what is looked for inside others, `lexemes` what may stand for it."""

    plain: str
    part: str
    lexemes: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """A query as the index reads it; empty when nothing can be looked for."""

    words: tuple[Word, ...]

    @property
    def exact(self) -> str:
        """Every word by one of its lexemes: for the index."""
        return " & ".join(f"({' | '.join(map(_quoted, word.lexemes))})" for word in self.words)

    @property
    def beginnings(self) -> list[str]:
        """A tsquery for each word, by its stems or its beginning: for few rows, without an index."""
        return [" | ".join([f"{_quoted(w.plain)}:*", *map(_quoted, w.lexemes)]) for w in self.words]

    @property
    def lexemes(self) -> tuple[str, ...]:
        """All that may stand in a text for one of the words."""
        return tuple(dict.fromkeys(lexeme for word in self.words for lexeme in (word.part, *word.lexemes)))

    @property
    def begun_word(self) -> str:
        """The last word while it is too short to be looked up in the list of words; empty when it is not."""
        last = self.words[-1].plain if self.words else ""
        return last if len(last) < _SHORTEST_PART else ""

    @property
    def begun(self) -> str:
        """A tsquery for whatever begins with it."""
        return f"{_quoted(self.begun_word)}:*" if self.begun_word else ""

    @property
    def before_last(self) -> Words:
        """All words but the one that somebody may still be typing."""
        return Words(self.words[:-1])

    @property
    def insides(self) -> list[str]:
        """A pattern for each word inside another one; one that nothing fits for words too short for it."""
        return [f"%{w.part}%" if len(w.part) > _SHORTEST_PART else "" for w in self.words]


def clean_query(text: str) -> str:
    """One line of at most MAX_QUERY characters without NUL and half characters."""
    whole = text.encode("utf-8", "ignore").decode().replace("\x00", " ")
    return " ".join(unicodedata.normalize("NFC", whole[: 4 * MAX_QUERY]).split())[:MAX_QUERY]


def number_in(query: str) -> int | None:
    """The conversation's number when nothing else was typed: “#123”, “123”."""
    found = _NUMBER.fullmatch(query)
    return int(found[1]) if found else None


def words_of(query: str, inbox_ids: Sequence[int]) -> Words:
    """One query, whatever is typed; parts of words come from these inboxes only."""
    typed = [word[:_MAX_WORD] for word in _NO_WORD.sub(" ", query).split()[:_MAX_WORDS]]
    expand = min(_EXPAND, max(_EXPAND_LEAST, _EXPAND_ALL // max(1, len(typed))))
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [_SHORTEST_PART, list(inbox_ids), expand, " ".join(typed)])
        rows = cursor.fetchall()[:_MAX_WORDS]
    return Words(
        tuple(Word(plain, part, tuple(dict.fromkeys([plain, *stems, *inside]))) for plain, part, stems, inside in rows)
    )


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
