"""Keyset pages: every row once, in order, whatever is added meanwhile; hostile cursors are refused."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from accounts.models import User
from tests.cast import NOW
from ui import paging

ORDER = ("-created_at", "id")
pytestmark = pytest.mark.django_db


def make(number: int, minute: int) -> User:
    return User.objects.create(email=f"u{number}@x.example", created_at=NOW + timedelta(minutes=minute))


def walk(limit: int) -> list[int]:
    seen, after = [], ""
    while True:
        page = paging.page(User.objects.all(), ORDER, after=after, limit=limit)
        seen += [user.pk for user in page.rows]
        after = page.after
        if not after:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_every_row_once_in_order_with_equal_times(limit):
    for number in range(7):
        make(number, number // 3)
    assert walk(limit) == [user.pk for user in User.objects.order_by(*ORDER)]


def test_a_new_row_at_the_top_moves_nothing():
    rows = [make(number, number) for number in range(4)]
    first = paging.page(User.objects.all(), ORDER, limit=2)
    make(99, 99)
    second = paging.page(User.objects.all(), ORDER, after=first.after, limit=2)
    assert [user.pk for user in second.rows] == [rows[1].pk, rows[0].pk]
    assert second.after == ""


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        base64.urlsafe_b64encode(b"[1]").decode(),
        base64.urlsafe_b64encode(b'{"a":1}').decode(),
        base64.urlsafe_b64encode(b'["2026-11-23", [1]]').decode(),
        base64.urlsafe_b64encode(b'["not a time", 3]').decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor):
    with pytest.raises(paging.BadCursor):
        paging.page(User.objects.all(), ORDER, after=cursor)
