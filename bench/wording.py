"""`python -m bench.wording FILE`: makes what bench.generate wrote searchable, with a vocabulary as large as a real one
and words that hardly anybody says. FILE gets the number of lines and the seconds it took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 (Django first)

from bench.generate import World  # noqa: E402
from conversations.models import SearchCard, SearchLine  # noqa: E402

RARE, RARER = "Zyklotronwagen", "quittenbrot"
_WORDS_OF_AN_INBOX = 50_000
# Words that stand in one of 25,000 messages and in one of 250,000; written before anything is read in.
_SELDOM = """
UPDATE conversations_message SET body = body || CASE WHEN id %% 250000 = 0 THEN %s ELSE %s END
WHERE id %% 25000 = 0 AND body NOT LIKE '%%' || %s || '%%'
"""
# The functions of the product (migration 0005); sentences that occur often are read once.
_LINES = """
INSERT INTO conversations_searchline
  (message_id, conversation_id, seq, shelf_id, user_id, has_file, internal, created_at, vector)
SELECT message.id, message.conversation_id, message.seq, shelf.id, message.user_id, false, head.kind = 'internal',
  message.created_at, said.vector
FROM conversations_message AS message JOIN conversations_conversationhead AS head USING (conversation_id)
JOIN conversations_searchshelf AS shelf
  ON shelf.inbox_id = head.inbox_id AND NOT shelf.cards AND shelf.bucket = (message.id >> 16)::int
JOIN said USING (body)
WHERE NOT EXISTS (SELECT 1 FROM conversations_searchline AS line WHERE line.message_id = message.id)
ORDER BY message.id
"""
_SHELVES = """
INSERT INTO conversations_searchshelf (inbox_id, cards, bucket, first_at, last_at)
SELECT head.inbox_id, false, (message.id >> 16)::int, min(message.created_at), max(message.created_at)
FROM conversations_message AS message JOIN conversations_conversationhead AS head USING (conversation_id)
WHERE head.inbox_id IS NOT NULL GROUP BY 1, 3
ON CONFLICT (inbox_id, cards, bucket) DO UPDATE SET last_at = excluded.last_at
"""
_CARDS = """
SELECT memo_search_cards(ids)
FROM (SELECT array_agg(id) AS ids FROM conversations_conversation GROUP BY id / 5000) AS chunks
"""
_VOCABULARY = """
INSERT INTO conversations_searchword (inbox_id, word)
SELECT inbox.id, left(translate(md5(number::text || inbox.id), '0123456789', 'ghijklmnop'), 4 + number %% 9)
FROM channels_app_inbox AS inbox, generate_series(1, %s) AS number WHERE inbox.id = ANY(%s) ON CONFLICT DO NOTHING
"""
_SAID = """
CREATE TEMP TABLE said AS SELECT body, memo_search_vector(body) AS vector
FROM (SELECT DISTINCT body FROM conversations_message) AS one
"""
_STEPS = (
    "DROP TABLE IF EXISTS said",
    _SAID,
    "ANALYZE said",
    _SHELVES,
    _LINES,
    "SELECT memo_search_words(array_agg(inbox.id), array_agg(said.vector)) FROM channels_app_inbox AS inbox, said",
    _CARDS,
    _VOCABULARY,
)


def main(file: Path) -> None:
    """Everything that has no line yet; indexes are built anew after it, which is faster than row by row."""
    begun = time.monotonic()
    inboxes = [inbox.pk for inbox in World.load().inboxes]
    indexes = {model: model._meta.indexes[-1] for model in (SearchLine, SearchCard)}  # noqa: SLF001 (documented)
    with transaction.atomic(), connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '64MB'")
        cursor.execute(_SELDOM, [f" {RARE} {RARER}", f" {RARE}", RARE])
        for model, index in indexes.items():
            editor.remove_index(model, index)
        for step in _STEPS:
            cursor.execute(step, [_WORDS_OF_AN_INBOX, inboxes] if "%s" in step else None)
        for model, index in indexes.items():
            editor.add_index(model, index)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT pg_total_relation_size('conversations_searchline'), pg_relation_size('line_words')")
        table, index = cursor.fetchone()
    lines = SearchLine.objects.count()
    file.write_text(
        json.dumps(
            {"lines": lines, "seconds": round(time.monotonic() - begun), "mb": table >> 20, "index_mb": index >> 20}
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
