"""Several at once snoozed, woken and moved: rights per row, reasons, undo, hostile places. S-02, E-08."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from conversations.actions import bulk, snoozing
from conversations.actions.starting import direct_conversation
from conversations.models import ConversationHead, Offer, Participant
from tests.cast import NOW, make_channel, make_inbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
LATER = (NOW + timedelta(hours=3)).isoformat()


def until(conversation) -> datetime | None:
    return ConversationHead.objects.get(pk=conversation.pk).snoozed_until


def test_snoozed_and_undone(cast, taken, begin):
    """What somebody holds sleeps; what is nobody's or another's stays in sight; undo gives back what was before."""
    mine, long = taken(cast.ben), taken(cast.ben)
    theirs, free = taken(cast.cem), taken(cast.dora)
    ConversationHead.objects.filter(pk=free.pk).update(routing="unclaimed", assignee=None)
    week = NOW + timedelta(days=7)
    snoozing.snooze(long, by=cast.ben, role="team_member", until=week, now=NOW)
    run = begin(cast.ben, "snooze", mine, long, theirs, free, argument=LATER)
    assert (run.done, run.skipped) == (2, {"others": 1, "unclaimed": 1})
    assert until(mine) == until(long) == NOW + timedelta(hours=3)
    assert begin(cast.ben, "snooze", mine, argument=LATER).skipped == {"already": 1}
    bulk.undo(cast.member(cast.ben), run, now=NOW)
    assert (until(mine), until(long)) == (None, week)
    assert ConversationHead.objects.get(pk=mine.pk).snoozed_at is None


def test_undo_leaves_what_somebody_has_changed_meanwhile(cast, taken, begin):
    """Woken, or snoozed anew by hand: both are passed over."""
    woken, other = taken(cast.ben), taken(cast.ben)
    run = begin(cast.ben, "snooze", woken, other, argument="answer")
    snoozing.wake(woken, by=cast.ben, role="team_member", now=NOW)
    snoozing.snooze(other, by=cast.ben, role="team_member", until=NOW + timedelta(days=1), now=NOW)
    assert bulk.undo(cast.member(cast.ben), run, now=NOW).skipped == {"changed": 2}
    assert until(other) == NOW + timedelta(days=1)


def test_direct_ones_sleep_for_oneself(cast, begin):
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    assert begin(cast.ben, "snooze", talk, argument="answer").done == 1
    asleep = Participant.objects.filter(conversation=talk, snoozed_at__isnull=False)
    assert [seat.user for seat in asleep] == [cast.ben]
    assert begin(cast.ben, "wake", talk).done == 1
    assert not asleep.all().exists()


def test_a_moment_that_passed_while_the_run_waited(cast, taken, begin):
    """The worker came too late: passed over, nothing sleeps with a past end."""
    mine = taken(cast.ben)
    run = begin(cast.ben, "snooze", mine, argument=(NOW - timedelta(seconds=1)).isoformat())
    assert run.skipped == {"changed": 1}


def test_moved_and_rung_there(cast, taken, begin):
    """To another inbox's channel: its member is rung; a closed one and another's are passed over; again is no move."""
    board = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem)
    mine, theirs, done = taken(cast.ben), taken(cast.cem), taken(cast.ben)
    begin(cast.ben, "close", done)
    run = begin(cast.ben, "move", mine, theirs, done, argument=str(board.public_id))
    assert (run.done, run.skipped) == (1, {"others": 1, "changed": 1})
    head = ConversationHead.objects.get(pk=mine.pk)
    assert (head.inbox, head.assignee) == (board.inbox, None)
    assert Offer.objects.get(conversation=mine, state="pending").user == cast.cem
    assert begin(cast.anna, "move", mine, argument=str(board.public_id)).skipped in ({"already": 1}, {"gone": 1})


def test_places_of_others_are_none(cast, taken, press):
    """S-02: another company's inbox or channel, by its true id."""
    mine = taken(cast.ben)
    foreign = make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe", cast.udo)
    for place in (foreign.public_id, foreign.inbox.public_id):
        answer = press(cast.ben, c=[str(mine.public_id)], do="move", to=str(place))
        assert answer.status_code == 422
    assert ConversationHead.objects.get(pk=mine.pk).inbox == cast.inbox


def test_by_the_address(cast, taken, press, client):
    """A choice, or a local moment of one's own; the words of the result; the choices that the list offers."""
    mine = taken(cast.ben)
    ConversationHead.objects.filter(pk=mine.pk).update(last_activity=timezone.now())
    report = press(cast.ben, c=[str(mine.public_id)], do="snooze tomorrow").json()
    assert (report["done"], report["verb"]) == (1, "snooze")
    assert until(mine) > timezone.now()
    assert press(cast.ben, c=[str(mine.public_id)], do="wake").json()["done"] == 1
    offered = client.get("/conversations/bulk/choices/?view=open").content.decode()
    for words in ("Snooze until", "The next answer", "Move to", "Support"):
        assert words in offered
    asleep = client.get("/conversations/bulk/choices/?view=snoozed").content.decode()
    assert "Bring back now" in asleep
    assert "Snooze until" not in asleep


def test_nobody_moves_what_is_gone_for_them(cast, taken, begin):
    """E-08: somebody else's in assignment mode is not moved by a member, but by a manager."""
    theirs = taken(cast.cem)
    board = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem)
    assert begin(cast.ben, "move", theirs, argument=str(board.public_id)).done == 0
    assert begin(cast.anna, "move", theirs, argument=str(board.public_id)).done == 1
