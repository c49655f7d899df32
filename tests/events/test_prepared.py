"""Queries that are written once answer like the ones that Django writes anew."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.actions.locking import lock_heads
from conversations.models import Conversation, ConversationHead
from events.prepared import Prepared
from tests.cast import NOW, make_visitor, write

pytestmark = pytest.mark.django_db


def requests_of(cast, count: int) -> list[int]:
    visitor = make_visitor(cast.nordlicht)
    return [write(visitor, cast.support, f"Lamp {number}", now=NOW).pk for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_objects_come_with_their_neighbours_and_no_further_query(cast, django_assert_num_queries, count):
    """INV-18: the lock of every message, by one SQL for however many conversations."""
    wanted = requests_of(cast, count)
    with transaction.atomic():
        lock_heads(wanted)
        with django_assert_num_queries(1 if count else 0):
            heads = lock_heads(reversed(wanted))
            found = [(pk, head.conversation.channel.name, head.inbox.name) for pk, head in heads.items()]
            assert all(head.assignee is None and head.conversation.customer is None for head in heads.values())
    assert found == [(pk, cast.support.name, cast.support.inbox.name) for pk in wanted]
    assert all(
        head.__dict__.keys() >= ConversationHead.objects.get(pk=pk).__dict__.keys() - {"_state"}
        for pk, head in heads.items()
    )


def test_one_sql_for_few_and_many(cast):
    """What the database has parsed once serves every number of values."""
    wanted = requests_of(cast, 3)
    rows = Prepared(lambda ids: Conversation.objects.filter(pk__any=ids).values_list("pk"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert [len(rows.rows(wanted[:count])) for count in (1, 2, 3)] == [1, 2, 3]
        assert rows.rows({*wanted}) == [(pk,) for pk in wanted]
    texts = [query["sql"].split(" WHERE ")[0] for query in asked]
    assert len(set(texts)) == 1
    assert all("ANY(" in query["sql"] for query in asked)


def test_what_is_not_wanted_is_left_out_and_not_all_columns_are_fetched(cast):
    """None reaches the queryset's writer as None; `only` leaves the other columns to be fetched at need."""
    first, second = requests_of(cast, 2)

    def build(before, number):
        rows = Conversation.objects.only("number").order_by("pk")
        if before is not None:
            rows = rows.filter(pk__lt=before)
        return rows.filter(number__gte=number)

    rows = Prepared(build)
    assert [row.pk for row in rows.rows(None, 1)] == [first, second]
    assert [row.pk for row in rows.rows(second, 1)] == [first]
    assert rows.one(first, 1) is None
    found = rows.one(None, 1)
    assert found.get_deferred_fields() >= {"subject"}
    assert found.subject == "Lamp 0"


def test_rows_are_locked_inside_a_transaction_only(cast, monkeypatch):
    """A lock that nobody holds would be no lock."""
    rows = Prepared(lambda ids: ConversationHead.objects.select_for_update().filter(pk__any=ids))
    wanted = requests_of(cast, 1)
    with transaction.atomic():
        assert len(rows.rows(wanted)) == 1
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(TransactionManagementError):
        rows.rows(wanted)


def test_numbers_texts_ids_and_moments(cast):
    """Each value into its own place at each use, however often the SQL names it."""
    rows = Prepared(
        lambda ids, keys, subject, now: Conversation.objects.filter(
            pk__any=ids, public_id__any=keys, subject=subject, created_at__lt=now
        ).values_list("pk", "public_id")
    )
    first, second = (Conversation.objects.get(pk=pk) for pk in requests_of(cast, 2))
    later, keys = timezone.now().replace(year=2090), {first.public_id, second.public_id}
    assert rows.rows([first.pk], keys, "Lamp 0", later) == [(first.pk, first.public_id)]
    assert rows.rows([first.pk, second.pk], keys, "Lamp 1", later) == [(second.pk, second.public_id)]
    assert rows.rows([second.pk], keys, "Lamp 0", later) == []
    assert rows.rows([first.pk], keys, "Lamp 0", NOW.replace(year=2000)) == []


def test_a_value_that_would_be_lost_is_refused(cast):
    """“%place%” is another text than the place: the SQL would ask for the place for ever."""
    rows = Prepared(lambda word: Conversation.objects.filter(subject__icontains=word))
    with pytest.raises(ValueError, match="does not reach"):
        rows.rows("Lamp")
