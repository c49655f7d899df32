"""The bell forgets after a year what was seen; what waits, is unseen or was mailed stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import marking, tasks
from notifications.models import Notice
from tests.cast import NOW, make_visitor, write

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=366)


def notice(cast, **fields) -> Notice:
    talk = write(make_visitor(cast.nordlicht), cast.support)
    Notice.objects.filter(conversation=talk).delete()
    fields = {"user": cast.ben, "state": "seen", "at": LONG_AGO, "seen_at": LONG_AGO} | fields
    return Notice.objects.create(
        conversation=talk, cause="message", first_seq=1, last_seq=1, created_at=LONG_AGO, **fields
    )


def test_only_what_was_seen_a_year_ago_goes(cast, monkeypatch):
    """N-29: in bounded portions, twice is no error."""
    gone = [notice(cast), notice(cast, state="suppressed", reason="marked_unread")]
    stay = [
        notice(cast, at=NOW - timedelta(days=364), seen_at=NOW - timedelta(days=364)),
        notice(cast, seen_at=None, state="suppressed"),
        notice(cast, state="emailed"),
        notice(cast, state="pending"),
        notice(cast, at=NOW - timedelta(days=3)),
    ]
    monkeypatch.setattr(marking, "_AT_ONCE", 1)
    assert [marking.drop_old(now=NOW) for _ in range(3)] == [1, 1, 0]
    assert set(Notice.objects.values_list("pk", flat=True)) == {one.pk for one in stay}
    assert not Notice.objects.filter(pk__in=[one.pk for one in gone]).exists()


def test_the_clock_does_it(cast):
    very_long_ago = timezone.now() - timedelta(days=800)
    notice(cast, at=very_long_ago, seen_at=very_long_ago)
    tasks.forget()
    assert not Notice.objects.exists()
