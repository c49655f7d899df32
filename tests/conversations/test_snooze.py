"""Snooze: out of the folders until a moment or an answer, back on time; what rings or is nobody's stays."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from conversations.actions import assigning, closing, ringing, snoozing
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.models import ConversationHead
from conversations.selectors.folders import Folder, list_page
from conversations.selectors.history import lines_of
from conversations.selectors.scope import scope_for
from conversations.snooze_times import BadTime, choices, moment_of
from tests.cast import NOW, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
BERLIN = ZoneInfo("Europe/Berlin")
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


def head_of(conversation) -> ConversationHead:
    return ConversationHead.objects.get(pk=conversation.pk)


def snooze(conversation, user, *, until=TOMORROW, role="team_member", now=NOW) -> None:
    snoozing.snooze(conversation, by=user, role=role, until=until, now=now)


def stands_in(member, conversation) -> set[str]:
    """The folders of the member that hold the conversation."""
    scope = scope_for(member)
    views = ("open", "mine", "unassigned", "customer", "direct", "all", "snoozed", "closed", "archive")
    return {v for v in views if conversation.pk in [head.pk for head in list_page(scope, Folder(v)).heads]}


def kinds(conversation) -> list[str]:
    return [line.kind for line in lines_of(conversation)]


# --- when ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T09:20", ["later 12:00", "tomorrow 24. 08:00", "week 30. 08:00"]),
        ("2026-11-23T18:30", ["tomorrow 24. 08:00", "week 30. 08:00"]),
        ("2026-11-22T10:00", ["later 13:00", "tomorrow 23. 08:00"]),  # a Sunday: tomorrow is Monday
        ("2026-11-23T23:59", ["tomorrow 24. 08:00", "week 30. 08:00"]),
    ],
)
def test_the_usual_moments_by_the_clock_of_the_person(now, expected):
    """Later today on the hour, tomorrow at 8, Monday at 8; nothing twice."""
    local = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    found = choices(local.astimezone(UTC), BERLIN)
    assert [f"{c.key} {c.at:%H:%M}" if c.key == "later" else f"{c.key} {c.at:%d. %H:%M}" for c in found] == expected


def test_eight_o_clock_is_eight_o_clock_when_the_clocks_change():
    """The night of 29 March 2026 has 23 hours in Berlin."""
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    tomorrow = next(c for c in choices(saturday, BERLIN) if c.key == "tomorrow")
    assert tomorrow.at.astimezone(UTC) == datetime(2026, 3, 29, 6, tzinfo=UTC)
    assert moment_of("2026-03-29T02:30", saturday, BERLIN) is not None


@pytest.mark.parametrize(
    "text",
    ["", "never", "2026-11-23T09:59", "2027-12-24T08:00", "9999-12-31T23:59", "0001-01-01T00:00", "x" * 9000, "\x00"],
)
def test_no_moment_of_the_coming_year(text):
    """Past, too far, nonsense: refused, nothing breaks."""
    with pytest.raises(BadTime):
        moment_of(text, NOW, UTC)


def test_until_the_answer_has_no_moment():
    assert moment_of("answer", NOW, BERLIN) is None


# --- a request ---------------------------------------------------------------------------------------------------
def test_it_leaves_the_open_folders_of_everybody_and_stands_under_snoozed(cast, taken):
    """For the team: not in Open, Assigned to me or Customer replies; in Snoozed, with a line."""
    ben, cem = cast.member(cast.ben), cast.member(cast.cem)
    assert stands_in(ben, taken) == {"open", "mine", "customer", "all"}
    snooze(taken, cast.ben)
    assert stands_in(ben, taken) == {"snoozed"}
    assert stands_in(cem, taken) == {"snoozed"}
    assert kinds(taken)[-1] == "snoozed"
    assert lines_of(taken)[-1].until == TOMORROW


def test_it_is_back_on_time_and_not_before(cast, taken, settle, react):
    """Back in its folders, told to whom it is assigned; a second settling changes nothing."""
    snooze(taken, cast.ben)
    settle(TOMORROW - timedelta(seconds=1))
    assert head_of(taken).snoozed_at is not None
    settle(TOMORROW)
    settle(TOMORROW + timedelta(hours=1))
    assert head_of(taken).snoozed_at is None
    assert stands_in(cast.member(cast.ben), taken) == {"open", "mine", "customer", "all"}
    assert kinds(taken)[-2:] == ["snoozed", "woken"]


def test_a_message_of_the_customer_brings_it_back_at_once(cast, taken, frames, django_capture_on_commit_callbacks):
    """“Until the customer answers”; a colleague's internal line or answer does not."""
    snooze(taken, cast.ben, until=None)
    fields = {"client_id": uuid.uuid4(), "via": "app", "role": "team_member", "now": NOW}
    post_message(taken, author=Author.of_user(cast.ben), body="Any news?", **fields)
    assert head_of(taken).snoozed_at is not None
    with django_capture_on_commit_callbacks(execute=True):
        post_message(
            taken, author=Author.of_visitor(taken.visitor), body="Yes", client_id=uuid.uuid4(), via="widget", now=NOW
        )
    assert head_of(taken).snoozed_at is None
    rows = [frame["d"] for frame in frames if frame["k"] == "row"]
    assert rows[-1]["snoozed"] == ""
    assert kinds(taken)[-1] == "woken"


def test_again_moves_the_moment(cast, taken, settle):
    """The first deadline then wakes nothing."""
    snooze(taken, cast.ben)
    snooze(taken, cast.ben, until=TOMORROW + timedelta(days=1))
    settle(TOMORROW)
    assert head_of(taken).snoozed_at is not None
    snooze(taken, cast.ben, until=None)
    settle(TOMORROW + timedelta(days=9))
    assert head_of(taken).snoozed_at is not None


def test_by_hand(cast, taken):
    """Bring back now; twice is no error."""
    snooze(taken, cast.ben)
    for _ in range(2):
        snoozing.wake(taken, by=cast.ben, role="team_member", now=NOW)
    assert head_of(taken).snoozed_at is None
    assert kinds(taken).count("woken") == 1


def test_what_rings_waits_or_is_nobodys_cannot_be_put_out_of_sight(cast):
    """M-36, A-04: no silence around the ring – neither while it rings nor afterwards, not even by a manager."""
    asked = write(make_visitor(cast.nordlicht), cast.support)
    for user, role in ((cast.ben, "team_member"), (cast.anna, "admin")):
        with pytest.raises(Conflict, match="nobody_holds"):
            snooze(asked, user, role=role)
    while head_of(asked).routing == "ringing":
        ringing.decline(asked, user=asked.offers.get(state="pending").user, now=NOW)
    assert head_of(asked).routing == "unclaimed"
    with pytest.raises(Conflict, match="nobody_holds"):
        snooze(asked, cast.anna, role="admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        ConversationHead.objects.filter(pk=asked.pk).update(snoozed_at=NOW)


def test_only_who_may_close_it(cast, taken):
    """A colleague who does not hold it may not put it away; a manager may."""
    with pytest.raises(NotAllowed):
        snooze(taken, cast.cem)
    snooze(taken, cast.anna, role="admin")
    with pytest.raises(NotAllowed):
        snoozing.wake(taken, by=cast.cem, role="team_member", now=NOW)


@pytest.mark.parametrize("what", ["assigned", "released", "rung", "closed", "open mode"])
def test_a_snooze_ends_with_whom_it_was_for(cast, taken, what):
    """Whoever gets it next sees it at once."""
    snooze(taken, cast.ben)
    if what == "assigned":
        assigning.assign(taken, to=cast.dora, by=cast.anna, role="admin", now=NOW)
    elif what == "released":
        assigning.release(taken, by=cast.ben, role="team_member", now=NOW)
    elif what == "rung":
        ringing.ring_again(taken, by=cast.anna, now=NOW)
    elif what == "closed":
        closing.close(taken, author=Author.of_user(cast.ben), role="team_member", now=NOW)
    else:
        assigning.switch_mode(cast.inbox, assignment=False, by=Author.of_user(cast.anna), now=NOW)
    head = head_of(taken)
    assert (head.snoozed_at, head.snoozed_until, head.snoozer_id) == (None, None, None)


def test_in_open_mode_any_member_may(cast):
    cast.inbox.assignment_enabled = False
    cast.inbox.save()
    talk = write(make_visitor(cast.nordlicht), cast.support)
    snooze(talk, cast.cem)
    assert stands_in(cast.member(cast.ben), talk) == {"snoozed"}


# --- a direct conversation ---------------------------------------------------------------------------------------
def test_a_direct_one_is_snoozed_for_oneself(cast, settle):
    """Ben's list loses it, Cem's does not; a line tells nobody; time or a message brings it back."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    ben, cem = cast.member(cast.ben), cast.member(cast.cem)

    def say(user):
        post_message(talk, author=Author.of_user(user), body="Hi", client_id=uuid.uuid4(), via="app", now=NOW)

    say(cast.ben)
    snooze(talk, cast.ben)
    assert stands_in(ben, talk) == {"snoozed"}
    assert stands_in(cem, talk) == {"direct", "all"}
    assert kinds(talk) == []
    settle(TOMORROW)
    assert stands_in(ben, talk) == {"direct", "all"}
    snooze(talk, cast.ben, until=None, now=TOMORROW)
    say(cast.cem)
    assert stands_in(ben, talk) == {"direct", "all"}


# --- the page ------------------------------------------------------------------------------------------------------
def test_by_a_form(cast, taken, client: Client):
    """422 for no moment; the key S finds the control; the state says until when; folder and list tell it."""
    client.force_login(cast.ben)
    where = f"/conversations/{taken.public_id}/"
    assert client.post(f"{where}snooze/", {"until": "yesterday"}).status_code == 422
    assert 'data-verb="snooze"' in client.get(where).content.decode()
    assert client.post(f"{where}snooze/", {"until": "tomorrow"}).status_code == 303
    page = client.get(where).content.decode()
    assert "snoozed until" in page
    assert "Bring back now" in page
    assert str(taken.public_id) in client.get("/conversations/?view=snoozed").content.decode()
    assert f"row-{taken.public_id}" not in client.get("/conversations/?view=open").content.decode()
    assert client.post(f"{where}wake/").status_code == 303
    assert head_of(taken).snoozed_at is None
    late = write(make_visitor(cast.nordlicht), cast.support)
    answer = client.post(f"/conversations/{late.public_id}/snooze/", {"until": "answer"})
    assert (answer.status_code, answer.content.decode()) == (
        409,
        "Only what somebody has can be snoozed. Assign it first.",
    )
