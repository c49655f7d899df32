"""Undo and send later: a row with a deadline from the first moment, sent once, only if it still may; INV-05, INV-18."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from channels_app.models import Inbox, InboxMembership
from companies.models import Membership
from conversations.actions import assigning, closing, later, ringing
from conversations.actions.posting import post_message
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation, Draft, Later, Message
from conversations.selectors.visibility import conversation_for
from events import due
from events.models import Due
from tests.cast import NOW, make_cast, make_visitor, write

pytestmark = [pytest.mark.usefixtures("clean_valkey")]
db = pytest.mark.django_db


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


JSON = {"accept": "application/json"}


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def wait(client, conversation, body="Yes, it can.", **fields):
    data = {"body": body, "client_id": str(uuid4()), "kind": "reply", "undo": 5} | fields
    return client.post(f"/conversations/{conversation.public_id}/later/", data, "application/json", headers=JSON)


def verb(client, conversation, row, name, **fields):
    url = f"/conversations/{conversation.public_id}/later/{row.client_id}/{name}/"
    return client.post(url, fields, "application/json", headers=JSON)


def put_off(cast, conversation, user=None, **fields) -> Later:
    member = cast.member(user or cast.ben)
    found = conversation_for(member, conversation.public_id)
    fields = {
        "kind": "reply",
        "body": "Yes, it can.",
        "client_id": uuid4(),
        "due_at": NOW + timedelta(seconds=5),
        "scheduled": False,
        "now": NOW,
    } | fields
    return later.put_off(found, member=member, **fields)


def say(conversation, author, body="Answer", seconds=1, **fields):
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid4(),
        via="app",
        role="team_member",
        may_post=True,
        now=NOW + timedelta(seconds=seconds),
        **fields,
    ).message


def answers(conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, author_kind="user")
    return list(rows.order_by("seq").values_list("body", flat=True))


# --- undo ------------------------------------------------------------------------------------------------------
@db
def test_it_waits_and_goes_once(cast, taken, settle):
    """Stored at once, sent when its time has come, with the same client id; a repeat is the same row."""
    ben = browser(cast.ben)
    client_id = str(uuid4())
    answer = wait(ben, taken, client_id=client_id)
    assert answer.status_code == 201
    assert answer.json()["waiting"]["state"] == "waiting"
    assert wait(ben, taken, client_id=client_id).status_code == 201
    assert Later.objects.count() == Due.objects.filter(kind="later").count() == 1
    row = Later.objects.get()
    assert timedelta(seconds=4) < row.due_at - timezone.now() <= timedelta(seconds=5)
    assert answers(taken) == []
    settle(row.due_at - timedelta(milliseconds=1))
    assert answers(taken) == []
    settle(row.due_at)
    assert answers(taken) == ["Yes, it can."]
    settle(row.due_at)
    assert Message.objects.get(conversation=taken, author_kind="user").client_id == UUID(client_id)
    assert Later.objects.get().state == "sent"
    assert wait(ben, taken, client_id=client_id).json()["waiting"]["state"] == "sent"
    assert wait(ben, taken, client_id=client_id, body="Other").status_code == 409
    assert wait(browser(cast.anna), taken, client_id=client_id).status_code == 409
    assert len(answers(taken)) == 1


@db
def test_undo_brings_text_and_files_back(cast, taken, settle):
    """…above what was begun meanwhile; nothing is sent; twice is no error, too late is told."""
    ben = browser(cast.ben)
    file = accept_upload(
        company=cast.nordlicht,
        uploader=f"user:{cast.ben.pk}",
        file=SimpleUploadedFile("f", b"x"),
        name="plan.txt",
        now=NOW,
    )
    wait(ben, taken, attachments=[str(file.public_id)])
    row = Later.objects.get()
    answer = verb(ben, taken, row, "back", kind="reply", body="And then", files=[])
    draft = answer.json()["draft"]
    assert draft["body"] == "Yes, it can.\n\nAnd then"
    assert [one["id"] for one in draft["files"]] == [str(file.public_id)]
    assert Draft.objects.get().body == draft["body"]
    settle(row.due_at + timedelta(seconds=9))
    assert answers(taken) == []
    assert verb(ben, taken, row, "back", kind="reply").status_code == 200
    wait(ben, taken, "Second")
    second = Later.objects.get(body="Second")
    settle(second.due_at)
    assert verb(ben, taken, second, "back").status_code == 409
    assert answers(taken) == ["Second"]


@db
def test_undo_replaces_what_was_stored_of_the_sheet(cast, taken):
    """What was begun next had been stored half: it is not there twice; without a sheet the stored one stays below."""
    ben, draft = browser(cast.ben), f"/conversations/{taken.public_id}/draft/"
    for sheet, whole in (
        ({"body": "And also this"}, "Sent text\n\nAnd also this"),
        ({"body": ""}, "Sent text"),
        ({}, "Sent text\n\nAnd also thi"),
    ):
        Draft.objects.all().delete()
        wait(ben, taken, "Sent text")
        row = Later.objects.get(state="waiting")
        half = {"kind": "reply", "body": "And also thi", "files": [], "version": 0}
        assert ben.post(draft, half, "application/json", headers=JSON).status_code == 200
        answer = verb(ben, taken, row, "back", kind="reply", **sheet)
        assert answer.json()["draft"]["body"] == Draft.objects.get().body == whole


@db
def test_what_is_given_back_is_never_cut(cast, taken):
    """More than a draft holds otherwise: all of it is there, can be made shorter, and is refused when it is sent."""
    ben, page = browser(cast.ben), f"/conversations/{taken.public_id}"
    wait(ben, taken, "M" * 10_000)
    answer = verb(ben, taken, Later.objects.get(), "back", kind="reply", body="D" * 24_000, files=[])
    whole = answer.json()["draft"]
    assert whole["body"] == "M" * 10_000 + "\n\n" + "D" * 24_000

    def put(body):
        data = {"kind": "reply", "body": body, "files": [], "version": Draft.objects.get().version}
        return ben.post(f"{page}/draft/", data, "application/json", headers=JSON).status_code

    assert put(whole["body"] + "!") == 422
    assert put(whole["body"][:-1]) == 200
    assert put("short") == 200
    assert put("D" * 25_001) == 422
    assert wait(ben, taken, whole["body"]).json()["error"] == "too_long"
    assert Draft.objects.get().body == "short"


@db
def test_undone_before_it_arrived(cast, taken, settle):
    """The network swaps the two: whatever arrives under an undone id is not sent."""
    ben, client_id = browser(cast.ben), uuid4()
    url = f"/conversations/{taken.public_id}/later/{client_id}/back/"
    for _press in range(2):  # the answer to the first got lost
        answer = ben.post(url, {"kind": "reply"}, "application/json", headers=JSON)
        assert answer.json() == {"draft": None, "quote": None}
    assert wait(ben, taken, client_id=str(client_id)).json()["waiting"]["state"] == "undone"
    settle(timezone.now() + timedelta(minutes=1))
    assert answers(taken) == []


@db
def test_send_now(cast, taken, settle):
    ben = browser(cast.ben)
    wait(ben, taken)
    row = Later.objects.get()
    assert verb(ben, taken, row, "send").json()["waiting"]["state"] == "sent"
    assert verb(ben, taken, row, "send").status_code == 200
    settle(row.due_at)
    assert answers(taken) == ["Yes, it can."]
    assert not Due.objects.filter(kind="later").exists()


@db
def test_what_can_still_be_taken_back_goes_before_one_closes(cast, taken):
    """“Send” and then E within the seconds: the answer first, then closed; it stays closed."""
    ben = browser(cast.ben)
    wait(ben, taken)
    assert ben.post(f"/conversations/{taken.public_id}/close/").status_code == 303
    assert answers(taken) == ["Yes, it can."]
    taken.head.refresh_from_db()
    assert taken.head.status == "closed"


# --- only if it still may --------------------------------------------------------------------------------------
def _assigned(cast, conversation):
    assigning.assign(conversation, to=cast.cem, by=cast.anna, role="admin", now=NOW)


def _closed(cast, conversation):
    closing.close(conversation, author=Author.of_user(cast.anna), role="admin", now=NOW)


def _locked(cast, conversation):
    _closed(cast, conversation)
    closing.lock_old(now=NOW + timedelta(days=101))


def _without_role(cast, conversation):
    InboxMembership.objects.filter(user=cast.ben).delete()


def _gone(cast, conversation):
    Membership.objects.filter(user=cast.ben).update(state="deactivated")


@db
@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_assigned, "assigned:Cem Aydın"),
        (_closed, "closed"),
        (_locked, "locked"),
        (_without_role, "assigned"),
        (_gone, "gone"),
    ],
)
def test_it_becomes_a_draft_again(cast, taken, settle, frames, django_capture_on_commit_callbacks, happens, why):
    """Right lost, closed, given to somebody else: never sent, never lost, and its author is told why."""
    row = put_off(cast, taken)
    happens(cast, taken)
    with django_capture_on_commit_callbacks(execute=True):
        settle(row.due_at)
    row.refresh_from_db()
    assert row.state == "returned"
    if happens is not _without_role:
        assert row.why == why
    assert answers(taken) == []
    assert Draft.objects.get(user=cast.ben).body == "Yes, it can."
    told = [frame for frame in frames if frame["k"] == "returned"]
    assert [(frame["g"], frame["d"]["id"]) for frame in told] == [(f"member.{cast.ben.public_id}", str(row.client_id))]
    if happens is _assigned:
        page = browser(cast.ben).get(f"/conversations/{taken.public_id}/").content.decode()
        assert "Cem Aydın answers here now." in page
        assert (
            "Not sent; it is a draft again."
            not in browser(cast.cem).get(f"/conversations/{taken.public_id}/").content.decode()
        )
        assert verb(browser(cast.ben), taken, row, "delete").status_code == 200
        assert Draft.objects.get(user=cast.ben).body == "Yes, it can."


@db
def test_a_closed_conversation_that_was_closed_before_is_opened(cast, taken, settle):
    """The foot of the composer said so: writing to it opens it again."""
    _closed(cast, taken)
    row = put_off(cast, taken)
    settle(row.due_at)
    assert answers(taken) == ["Yes, it can."]
    taken.head.refresh_from_db()
    assert taken.head.status == "open"


@db
@pytest.mark.parametrize("user", ["cem", "udo", "anna"])
def test_who_may_not_answer_puts_nothing_off(cast, taken, user):
    """INV-05: refused at once, not only when its time has come."""
    answer = wait(browser(getattr(cast, user)), taken)
    assert answer.status_code in ({404} if user == "udo" else {403, 409})
    assert not Later.objects.exists()


@db
def test_locked_takes_nothing(cast, taken):
    _locked(cast, taken)
    assert wait(browser(cast.ben), taken).status_code == 409
    assert wait(browser(cast.ben), taken, kind="internal", when="hour").status_code == 409


# --- send later ------------------------------------------------------------------------------------------------
@db
def test_the_team_sees_what_is_scheduled(cast, taken, settle):
    """“Ben will send this …”, with the author's buttons for the author; an internal one only for those who read inside."""
    ben = browser(cast.ben)
    assert wait(ben, taken, undo=None, when="tomorrow").json()["waiting"]["scheduled"] is True
    assert wait(ben, taken, "Only us", kind="internal", when="hour").status_code == 201
    page = f"/conversations/{taken.public_id}/"
    mine, cems = ben.get(page).content.decode(), browser(cast.cem).get(page).content.decode()
    assert "You will send this:" in mine
    assert "Ben Fuchs will send this:" in cems
    assert mine.count("Send now") > cems.count("Send now")
    taken.participants.create(user=cast.dora, side="team", following=True)
    InboxMembership.objects.filter(user=cast.dora).delete()
    assert "Only us" not in browser(cast.dora).get(page).content.decode()
    scheduled = ben.get("/later/").content.decode()
    assert "Yes, it can." in scheduled
    assert "Yes, it can." not in browser(cast.cem).get("/later/").content.decode()
    for row in Later.objects.all():
        settle(row.due_at)
    assert answers(taken) == ["Yes, it can."]
    assert Message.objects.get(conversation__about=taken).body == "Only us"


@db
def test_the_customer_sees_nothing_of_it(cast, taken):
    """INV-02: what is not sent is nobody's outside."""
    put_off(cast, taken, body="CANARY", scheduled=True, due_at=NOW + timedelta(days=1))
    assert not Message.objects.filter(body="CANARY").exists()
    from conversations.selectors.messages import page

    assert [message.body for message in page(taken)] == ["Hello?"]


@db
@pytest.mark.parametrize("answered", [True, False])
def test_not_if_the_customer_answers_first(cast, taken, settle, answered):
    row = put_off(cast, taken, scheduled=True, unless_answered=True, due_at=NOW + timedelta(hours=1))
    if answered:
        say(taken, Author.of_visitor(taken.visitor), "Never mind")
    settle(row.due_at)
    row.refresh_from_db()
    assert (row.state, row.why) == (("returned", "customer_answered") if answered else ("sent", ""))


@db
def test_a_manager_stops_a_colleague_s(cast, taken):
    """Nobody's text is thrown away: it goes back to its author, who reads who stopped it."""
    row = put_off(cast, taken, scheduled=True, due_at=NOW + timedelta(days=1))
    assert verb(browser(cast.cem), taken, row, "delete").status_code == 404
    assert verb(browser(cast.anna), taken, row, "send").status_code == 403
    assert verb(browser(cast.anna), taken, row, "delete").status_code == 200
    row.refresh_from_db()
    assert (row.state, row.why) == ("returned", "stopped:Anna Berg")
    assert Draft.objects.get(user=cast.ben).body == "Yes, it can."


@db
def test_without_scripts(cast, taken):
    """Plain buttons of the composer's form: later, edit, delete; a wrong time keeps everything typed."""
    ben, page = browser(cast.ben), f"/conversations/{taken.public_id}/"
    form = {"body": "Tomorrow then", "client_id": str(uuid4()), "seen_seq": "1"}
    wrong = ben.post(f"{page}later/", form | {"when": "at", "at": "2001-01-01T08:00"})
    assert wrong.status_code == 422
    assert "Tomorrow then</textarea>" in wrong.content.decode()
    assert ben.post(f"{page}later/", form | {"when": "monday"}).status_code == 303
    row = Later.objects.get()
    assert ben.post(f"{page}later/{row.client_id}/back/").status_code == 303
    assert Draft.objects.get().body == "Tomorrow then"


@db
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": "x" * 10_001}, 422),
        ({"body": " \x00 "}, 422),
        ({"attachments": [str(uuid4())]}, 422),
        ({"undo": -1}, 422),
        ({"undo": 10**9}, 201),
        ({"when": "never"}, 422),
        ({"kind": "direct"}, 422),
        ({"client_id": "x"}, 422),
        ({"state": "sent", "user": 1, "due_at": "2001-01-01"}, 201),
    ],
)
def test_hostile_fields(cast, taken, fields, status):
    assert wait(browser(cast.ben), taken, **fields).status_code == status
    for row in Later.objects.all():
        assert row.user == cast.ben
        assert row.state == "waiting"
        assert row.due_at <= timezone.now() + timedelta(seconds=30)


@db
def test_foreign_ids(cast, taken):
    """S-02: a colleague's and another company's are not there."""
    row = put_off(cast, taken)
    other = write(make_visitor(cast.nordlicht), cast.support, "Second?", now=NOW + timedelta(seconds=1))
    for user, status in (("cem", 404), ("udo", 404), ("anna", 404)):
        for name in ("send", "back", "delete"):
            assert verb(browser(getattr(cast, user)), taken, row, name).status_code == status
    assert verb(browser(cast.ben), other, row, "send").status_code == 404
    row.refresh_from_db()
    assert row.state == "waiting"


@db
def test_old_rows_go(cast, taken, settle):
    row = put_off(cast, taken)
    settle(row.due_at)
    assert later.drop_settled(now=NOW + timedelta(days=1)) == 0
    assert later.drop_settled(now=NOW + timedelta(days=3)) == 1


# --- two people answer ---------------------------------------------------------------------------------------------
@pytest.fixture
def open_mode(cast, taken):
    """Everybody of the inbox may answer."""
    assigning.switch_mode(Inbox.objects.get(pk=cast.inbox.pk), assignment=False, by=Author.of_user(cast.anna), now=NOW)
    return Conversation.objects.select_related("head").get(pk=taken.pk)


@db
def test_ben_answered_meanwhile(cast, open_mode):
    """Held once with a clear word; forced it goes; own lines, the customer's and seen ones are no reason."""
    url, cem = f"/conversations/{open_mode.public_id}/messages/", browser(cast.cem)
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


@db
def test_without_scripts_the_second_press_sends(cast, open_mode):
    """The form knows what it had seen; the page that says so sends when the button is pressed again."""
    url, cem = f"/conversations/{open_mode.public_id}/messages/", browser(cast.cem)
    say(open_mode, Author.of_user(cast.ben), "First")
    answer = cem.post(url, {"body": "Second", "client_id": str(uuid4()), "kind": "reply", "seen_seq": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ben Fuchs answered" in page
    assert 'name="force" value="1"' in page
    assert "Second</textarea>" in page


@db
def test_both_in_their_last_seconds(cast, open_mode, settle):
    """Ben's is about to leave: Cem is told at once; and what waited while Ben answered becomes a draft again."""
    ben, cem = browser(cast.ben), browser(cast.cem)
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


# --- at the same moment --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_send_now_twice_while_it_is_due():
    """Two presses of “Send now” and the clock at once: exactly one message."""
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    row = put_off(cast, conversation)
    together, problems = threading.Barrier(3), []

    def run(act):
        try:
            together.wait(10)
            act()
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    moment = row.due_at
    acts = [
        lambda: later.send_now(row, now=moment),
        lambda: later.send_now(row, now=moment),
        lambda: due.settle(moment),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert problems == []
    assert answers(conversation) == ["Yes, it can."]
    assert Later.objects.get().state == "sent"


# --- the word under an answer ----------------------------------------------------------------------------------------
@db
def test_sent_by_mail_is_told(cast, taken, react, settle):
    """Unseen for a minute: the mail leaves, and the thread's facts say up to which line."""
    from customers.models import Visitor

    Visitor.objects.filter(pk=taken.visitor_id).update(email="kim@abc.example", name="Kim")
    page = f"/conversations/{taken.public_id}/"
    answer = say(taken, Author.of_user(cast.ben), "Yes, it can.")
    react()
    assert 'data-mailed="0"' in browser(cast.ben).get(page).content.decode()
    settle(answer.created_at + timedelta(seconds=61))
    assert f'data-mailed="{answer.seq}"' in browser(cast.ben).get(page).content.decode()
