"""Who hears of it when a snooze ends, a request is moved or somebody is added; N-53, N-62, INV-08."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.actions import moving, ringing, snoozing, taking_part
from conversations.actions.posting import post_message
from conversations.authors import Author
from notifications.models import Notice
from tests.cast import NOW, make_channel, make_inbox, make_user, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


def unseen(conversation) -> dict[str, str]:
    """first name → cause, of the team."""
    rows = Notice.objects.filter(conversation=conversation, user__isnull=False, seen_at=None)
    return {row.user.first_name: row.cause for row in rows.select_related("user")}


def test_back_from_a_snooze_it_calls_on_who_holds_it(cast, taken, react, settle):
    """Unread, although every message was read; by nobody else; a snooze that a message ended tells only of that."""
    react()
    snoozing.snooze(taken, by=cast.anna, role="admin", until=TOMORROW, now=NOW)
    Notice.objects.update(seen_at=NOW, state="seen")
    settle(TOMORROW)
    react()
    assert unseen(taken) == {"Ben": "snooze"}
    snoozing.snooze(taken, by=cast.ben, role="team_member", until=None, now=TOMORROW)
    Notice.objects.update(seen_at=NOW, state="seen")
    post_message(
        taken, author=Author.of_visitor(taken.visitor), body="Yes", client_id=taken.public_id, via="widget", now=NOW
    )
    react()
    assert unseen(taken) == {"Ben": "message"}


def test_a_moved_request_is_told_where_it_goes(cast, taken, react):
    """Without a ring everybody there, the mover not; who cannot open it any more is concerned no longer."""
    emil = make_user(cast.nordlicht, "Emil", "Kern", domain="nordlicht")
    sales = make_inbox(cast.nordlicht, "Sales", emil, cast.cem)
    post_message(
        taken, author=Author.of_visitor(taken.visitor), body="News?", client_id=taken.public_id, via="widget", now=NOW
    )
    react()
    assert "Ben" in unseen(taken)
    moving.move(taken, inbox=sales, channel=None, by=cast.member(cast.ben), role="team_member", now=NOW)
    react()
    assert set(unseen(taken)) == {"Emil", "Cem", "Anna"}


def test_moved_into_a_ring_only_the_holder_is_told(cast, taken, react):
    """A-02."""
    emil = make_user(cast.nordlicht, "Emil", "Kern", domain="nordlicht")
    sales = make_inbox(cast.nordlicht, "Sales", emil, cast.cem)
    quotes = make_channel(sales, "Quotes", emil, escalate_after_s=60)
    react()
    Notice.objects.update(seen_at=NOW, state="seen")
    moving.move(taken, inbox=sales, channel=quotes, by=cast.member(cast.ben), role="team_member", now=NOW)
    react()
    assert unseen(taken) == {"Emil": "offer"}


def test_who_is_added_hears_of_it_and_who_is_removed_no_more(cast, taken, react):
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    by = {"by": cast.member(cast.ben), "role": "team_member", "now": NOW}
    react()
    taking_part.add_colleague(taken, person=cast.member(eva), **by)
    react()
    assert unseen(taken).get("Eva") == "assigned"
    taking_part.remove_colleague(taken, person=cast.member(eva), **by)
    react()
    assert "Eva" not in unseen(taken)
