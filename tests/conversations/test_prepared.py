"""Queries that are written once answer like the ones that Django writes anew."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from conversations.actions.locking import lock_heads
from conversations.models import Conversation, ConversationHead
from conversations.prepared import Prepared
from tests.cast import NOW, make_visitor, write

pytestmark = pytest.mark.django_db


def requests_of(cast, count: int) -> list[int]:
    visitor = make_visitor(cast.nordlicht)
    return [write(visitor, cast.support, f"Lamp {number}", now=NOW).pk for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_objects_come_with_their_neighbours_and_no_further_query(cast, django_assert_num_queries, count):
    """INV-18: the lock of every message; for few keys by SQL that was kept, for many by Django's."""
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


def test_rows_are_locked_inside_a_transaction_only(cast, monkeypatch):
    """A lock that nobody holds would be no lock."""
    rows = Prepared(lambda keys, _now: ConversationHead.objects.select_for_update().filter(pk__in=keys))
    wanted = requests_of(cast, 1)
    with transaction.atomic():
        assert len(rows.rows(wanted)) == 1
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(TransactionManagementError):
        rows.rows(wanted)


def test_keys_of_several_types_and_a_moment(cast):
    """Numbers, UUIDs and the time are put into their places at each use."""
    rows = Prepared(
        lambda keys, now: Conversation.objects.filter(
            pk__in=[key for key in keys if isinstance(key, int)],
            public_id__in=[key for key in keys if isinstance(key, uuid.UUID)],
            created_at__lt=now,
        ).values_list("pk", "public_id")
    )
    first, second = (Conversation.objects.get(pk=pk) for pk in requests_of(cast, 2))
    later = timezone.now().replace(year=2090)
    assert rows.rows([first.pk, first.public_id], later) == [(first.pk, first.public_id)]
    assert rows.rows([second.pk, second.public_id], later) == [(second.pk, second.public_id)]
    assert rows.rows([second.pk, first.public_id], later) == []
    assert rows.rows([first.pk, first.public_id], NOW.replace(year=2000)) == []
