"""Send later: who sees what is scheduled, who stops it, what the customer says first; INV-02."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from channels_app.models import InboxMembership
from conversations.authors import Author
from conversations.models import Draft, Later, Message
from tests.cast import NOW
from tests.conversations.laters import answers, put_off, say, verb, wait
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def test_the_team_sees_what_is_scheduled(cast, accepted, settle):
    """“Ben will send this …”, with the author's buttons for the author; an internal one only for those who read inside."""
    ben = signed_in(cast.ben)
    assert wait(ben, accepted, undo=None, when="tomorrow").json()["waiting"]["scheduled"] is True
    assert wait(ben, accepted, "Only us", kind="internal", when="hour").status_code == 201
    page = f"/conversations/{accepted.public_id}/"
    mine, cems = ben.get(page).content.decode(), signed_in(cast.cem).get(page).content.decode()
    assert "You will send this:" in mine
    assert "Ben Fuchs will send this:" in cems
    assert mine.count("Send now") > cems.count("Send now")
    accepted.participants.create(user=cast.dora, side="team", following=True)
    InboxMembership.objects.filter(user=cast.dora).delete()
    assert "Only us" not in signed_in(cast.dora).get(page).content.decode()
    scheduled = ben.get("/later/").content.decode()
    assert "Yes, it can." in scheduled
    assert "Yes, it can." not in signed_in(cast.cem).get("/later/").content.decode()
    for row in Later.objects.all():
        settle(row.due_at)
    assert answers(accepted) == ["Yes, it can."]
    assert Message.objects.get(conversation__about=accepted).body == "Only us"


def test_the_customer_sees_nothing_of_it(cast, accepted):
    """INV-02: what is not sent is nobody's outside."""
    put_off(cast, accepted, body="CANARY", scheduled=True, due_at=NOW + timedelta(days=1))
    assert not Message.objects.filter(body="CANARY").exists()
    from conversations.selectors.messages import page

    assert [message.body for message in page(accepted)] == ["Hello?"]


@pytest.mark.parametrize("answered", [True, False])
def test_not_if_the_customer_answers_first(cast, accepted, settle, answered):
    row = put_off(cast, accepted, scheduled=True, unless_answered=True, due_at=NOW + timedelta(hours=1))
    if answered:
        say(accepted, Author.of_visitor(accepted.visitor), "Never mind")
    settle(row.due_at)
    row.refresh_from_db()
    assert (row.state, row.why) == (("returned", "customer_answered") if answered else ("sent", ""))


def test_a_manager_stops_a_colleague_s(cast, accepted):
    """Nobody's text is thrown away: it goes back to its author, who reads who stopped it."""
    row = put_off(cast, accepted, scheduled=True, due_at=NOW + timedelta(days=1))
    assert verb(signed_in(cast.cem), accepted, row, "delete").status_code == 404
    assert verb(signed_in(cast.anna), accepted, row, "send").status_code == 403
    assert verb(signed_in(cast.anna), accepted, row, "delete").status_code == 200
    row.refresh_from_db()
    assert (row.state, row.why) == ("returned", "stopped:Anna Berg")
    assert Draft.objects.get(user=cast.ben).body == "Yes, it can."


def test_without_scripts(cast, accepted):
    """Plain buttons of the composer's form: later, edit, delete; a wrong time keeps everything typed."""
    ben, page = signed_in(cast.ben), f"/conversations/{accepted.public_id}/"
    form = {"body": "Tomorrow then", "client_id": str(uuid4()), "seen_seq": "1"}
    wrong = ben.post(f"{page}later/", form | {"when": "at", "at": "2001-01-01T08:00"})
    assert wrong.status_code == 422
    assert "Tomorrow then</textarea>" in wrong.content.decode()
    assert ben.post(f"{page}later/", form | {"when": "monday"}).status_code == 303
    row = Later.objects.get()
    assert ben.post(f"{page}later/{row.client_id}/back/").status_code == 303
    assert Draft.objects.get().body == "Tomorrow then"
