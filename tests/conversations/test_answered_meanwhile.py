"""Two people answer: who writes what a colleague has just answered is told before it leaves."""

from __future__ import annotations

from uuid import uuid4

import pytest

from channels_app.models import Inbox
from conversations.actions import assigning
from conversations.authors import Author
from conversations.models import Conversation, Later
from tests.cast import NOW
from tests.conversations.laters import JSON, answers, say, wait
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def open_mode(cast, accepted):
    """Everybody of the inbox may answer."""
    assigning.switch_mode(Inbox.objects.get(pk=cast.inbox.pk), assignment=False, by=Author.of_user(cast.anna), now=NOW)
    return Conversation.objects.select_related("head").get(pk=accepted.pk)


def test_ben_answered_meanwhile(cast, open_mode):
    """Held once with a clear word; forced it goes; own lines, the customer's and seen ones are no reason."""
    url, cem = f"/conversations/{open_mode.public_id}/messages/", signed_in(cast.cem)
    seen = say(open_mode, Author.of_user(cast.ben), "First").seq
    line = {"body": "Second", "client_id": str(uuid4()), "seen_seq": seen - 1}
    held = cem.post(url, line, "application/json", headers=JSON)
    assert (held.status_code, held.json()["error"], held.json()["seq"]) == (409, "answered_meanwhile", seen)
    assert held.json()["message"].startswith("Ben Fuchs answered ")
    assert wait(cem, open_mode, "Second", seen_seq=seen - 1).status_code == 409
    assert answers(open_mode) == ["First"]
    assert cem.post(url, line | {"force": True}, "application/json", headers=JSON).status_code == 201
    own = {"body": "Third", "client_id": str(uuid4()), "seen_seq": seen}
    assert cem.post(url, own, "application/json", headers=JSON).status_code == 201
    say(open_mode, Author.of_visitor(open_mode.visitor), "Thanks", seconds=9)
    last = {"body": "Fourth", "client_id": str(uuid4()), "seen_seq": seen + 2}
    assert cem.post(url, last, "application/json", headers=JSON).status_code == 201
    side = {"body": "Inside", "client_id": str(uuid4()), "seen_seq": 0, "kind": "internal"}
    assert cem.post(url, side, "application/json", headers=JSON).status_code == 201


def test_without_scripts_the_second_press_sends(cast, open_mode):
    """The form knows what it had seen; the page that says so sends when the button is pressed again."""
    url, cem = f"/conversations/{open_mode.public_id}/messages/", signed_in(cast.cem)
    say(open_mode, Author.of_user(cast.ben), "First")
    answer = cem.post(url, {"body": "Second", "client_id": str(uuid4()), "kind": "reply", "seen_seq": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ben Fuchs answered" in page
    assert 'name="force" value="1"' in page
    assert "Second</textarea>" in page


def test_both_in_their_last_seconds(cast, open_mode, settle):
    """Ben's is about to leave: Cem is told at once; and what waited while Ben answered becomes a draft again."""
    ben, cem = signed_in(cast.ben), signed_in(cast.cem)
    assert wait(ben, open_mode, "From Ben", seen_seq=1).status_code == 201
    held = wait(cem, open_mode, "From Cem", seen_seq=1)
    assert (held.status_code, held.json()["message"]) == (409, "Ben Fuchs is sending an answer right now.")
    assert wait(cem, open_mode, "From Cem", seen_seq=1, force=True).status_code == 201
    rows = {row.user_id: row for row in Later.objects.all()}
    assert rows[cast.cem.pk].seen_seq is None
    for row in rows.values():
        settle(row.due_at)
    assert answers(open_mode) == ["From Ben", "From Cem"]
    wait(cem, open_mode, "Once more", seen_seq=3)
    say(open_mode, Author.of_user(cast.ben), "Ben again", seconds=60)
    row = Later.objects.get(body="Once more")
    settle(row.due_at)
    row.refresh_from_db()
    assert (row.state, row.why) == ("returned", "answered_meanwhile:Ben Fuchs")
