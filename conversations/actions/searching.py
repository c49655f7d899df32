"""What search reads is written here: by the worker after the commit, never by whoever sends a message."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

_READ_IN = """
SELECT memo_search_lines(ARRAY(
  SELECT message.id FROM conversations_message AS message
  JOIN unnest(%s::bigint[], %s::int[]) AS posted(conversation_id, seq) USING (conversation_id, seq))),
  memo_search_cards(%s::bigint[])
"""


def read_in(posted: Collection[tuple[int, int]]) -> None:
    """Messages, as (conversation id, seq), and the cards of their conversations; may be repeated."""
    ids, seqs = [pk for pk, _ in posted], [seq for _, seq in posted]
    with connection.cursor() as cursor:
        cursor.execute(_READ_IN, [ids, seqs, sorted(set(ids))])
