"""The rows of found conversations: what was looked for is marked in them, and what their words do not show is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from conversations.excerpts import Part, marked
from conversations.models import Conversation
from conversations.selectors.detail import following_in
from conversations.selectors.search import Found
from conversations.selectors.search_words import Word, Words
from events.personal import called


def marked_rows(rows: list[dict], found: Found) -> list[dict]:
    """`row.marks`: its name and subject in parts, and why it was found where neither says so. Who asked elsewhere is
    told of nobody behind the company (INV-02).
    """
    pairs = list(zip(found.heads, rows, strict=True))
    ours = {head.pk for head, row in pairs if row["kind"] in {"customer", "internal"}}
    people = defaultdict(list)
    for seat in following_in(ours):
        people[seat.conversation_id].append(seat.user.full_name)
    for head, row in pairs:
        hidden = _hidden(head.conversation) if head.pk in ours else []
        row["marks"] = _marks(row, found.words, people[head.pk], hidden)
    return rows


def _hidden(conversation: Conversation) -> list[str]:
    """What is known of the one who asks and stands on the card, but in no row."""
    visitor = conversation.visitor
    customer = conversation.customer or (visitor.customer if visitor else None)
    known = [getattr(one, name, "") for one in (visitor, customer) if one for name in ("called", "email", "works_for")]
    return list(dict.fromkeys(filter(None, known)))


def _marks(row: dict, words: Words, people: list[str], hidden: list[str]) -> dict[str, list[Part]]:
    who, subject = called(row["face"]["name"]), called(row["subject"] or row["who"])
    missing = Words(tuple(word for word in words.words if not _says((who, subject), word, words)))
    reasons = [_("With {name}").format(name=name) for name in people if _any(name, missing)]
    reasons += [text for text in hidden if _any(text, missing)]
    return {
        "who": marked(who, words.lexemes, words.begun_word),
        "subject": marked(subject, words.lexemes, words.begun_word),
        "reason": marked(", ".join(reasons), missing.lexemes, missing.begun_word) if reasons else [],
    }


def _says(texts: Iterable[str], word: Word, words: Words) -> bool:
    last = words.begun_word if word is words.words[-1] else ""
    return any(part.marked for text in texts for part in marked(text, (word.part, *word.lexemes), last))


def _any(text: str, words: Words) -> bool:
    return any(part.marked for part in marked(text, words.lexemes, words.begun_word))
