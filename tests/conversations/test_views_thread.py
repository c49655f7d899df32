"""One conversation by HTTP: reading, catching up, writing; hostile callers; S-02, S-12, S-22, INV-02, INV-18, INV-19."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.actions import ringing
from conversations.actions.posting import post_message
from conversations.actions.reading import mark_seen
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant
from tests.cast import NOW, make_visitor, write
from tests.conversations.pages import base

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
STREAMS = "text/vnd.turbo-stream.html, text/html"


@pytest.fixture
def asked(cast):
    """A request that rings at Ben."""
    return write(make_visitor(cast.nordlicht), cast.support, "Hello?")


@pytest.fixture
def taken(cast, asked):
    """The same, accepted by Ben."""
    ringing.accept(asked, user=cast.ben, now=NOW)
    return asked


def say(conversation, who, body, *, minutes=0, **fields):
    team = not hasattr(who, "widget_key")
    author = Author.of_user(who) if team else Author.of_visitor(who)
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid4(),
        via="app",
        role="team_member" if team else "",
        may_post=team,
        now=NOW + timedelta(minutes=minutes),
        **fields,
    ).message


def line(**fields) -> dict:
    return {"client_id": str(uuid4()), "body": "An answer", **fields}


def lines(answer) -> list[str]:
    return re.findall(r'<div class="(?:bub )?text" dir="auto">(.*?)</div>', answer.content.decode(), re.DOTALL)


# --- reading --------------------------------------------------------------------------------------------------------
def test_foreign_and_missing_look_alike(signed_in, cast, taken):
    """S-01, S-02: another company's member gets the answer of an id that does not exist, for every address."""
    browser = signed_in(cast.udo)
    for path in ("", "messages/", "state/"):
        foreign, missing = browser.get(base(taken) + path), browser.get(f"/conversations/{uuid4()}/{path}")
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert str(taken.public_id) not in foreign.content.decode().replace(base(taken), "")
    for verb in ("accept", "decline", "assign", "unassign", "ring", "close", "reopen", "seen", "messages"):
        assert browser.post(f"{base(taken)}{verb}/", line()).status_code == 404
    assert Message.objects.count() == 1


def test_a_colleague_without_a_role_in_the_inbox_reads_nothing(signed_in, cast, taken):
    """S-04: permission matrix, column Usr: only what one takes part in."""
    cast.inbox.inbox_memberships.filter(user=cast.dora).delete()
    browser = signed_in(cast.dora)
    assert browser.get(base(taken)).status_code == 404
    Participant.objects.create(conversation=taken, user=cast.dora, side="team", following=True)
    assert browser.get(base(taken)).status_code == 200


def test_the_frame_gets_the_thread_alone(signed_in, cast, taken):
    """The list is not rendered again for a conversation that is opened beside it; the details come along."""
    answer = signed_in(cast.ben).get(base(taken), headers={"Turbo-Frame": "conversation"})
    page = answer.content.decode()
    assert "<html" not in page
    assert '<turbo-stream action="update" target="detail">' in page
    assert 'id="rows"' not in page


def test_one_timeline_by_time(signed_in, cast, taken):
    """model.md §1.2: the internal lines between the others; what happened as lines; days divide."""
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    say(taken, cast.ben, "two", minutes=2)
    say(side, cast.cem, "three, inside", minutes=3)
    say(taken, taken.visitor, "four", minutes=60 * 25)
    answer = signed_in(cast.ben).get(base(taken))
    assert lines(answer)[:4] == ["Hello?", "two", "three, inside", "four"]
    page = answer.content.decode()
    assert page.count('<li class="day"') == 3  # two of the thread, one blank for scripts
    assert "Rang at Ben Fuchs" in page
    assert "Visitor #1 cannot see this" in page


def test_unread_divider_before_the_first_unread_line(signed_in, cast, taken):
    """Where nothing was read before nothing is called new; one's own lines are not new."""
    browser = signed_in(cast.cem)
    assert browser.get(base(taken)).content.count(b"unread-divider") == 1  # the blank one, for scripts
    mark_seen(taken, viewer=cast.member(cast.cem), seq=1, now=NOW)
    assert browser.get(base(taken)).content.count(b"unread-divider") == 1  # the blank one, for scripts
    say(taken, taken.visitor, "new", minutes=1)
    page = browser.get(base(taken)).content.decode()
    assert page.index("Hello?</div>") < page.index("unread-divider") < page.index("new</div>")
    assert signed_in(cast.dora).get(base(taken)).content.count(b"unread-divider") == 1


def test_older_pages_meet_without_gap_or_double(signed_in, cast, taken):
    """Going up through both orders at once: every line once, in order, whatever their mix."""
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    wanted = ["Hello?"]
    for n in range(130):
        inside = n % 7 in (1, 2) and n < 90
        say(side if inside else taken, cast.cem if inside else taken.visitor, f"line {n}", minutes=n)
        wanted.append(f"line {n}")
    browser = signed_in(cast.ben)
    page, found = browser.get(f"{base(taken)}messages/"), []
    for _ in range(6):
        found = lines(page) + found
        older = re.search(r'data-older="([^"]+)"', page.content.decode())
        if not older:
            break
        page = browser.get(older[1].replace("&amp;", "&"))
    assert found == wanted
    whole = browser.get(f"{base(taken)}?before=40&side_before=10")
    assert (lines(whole)[0], "line 90" in lines(whole)) == ("Hello?", False)


def test_catching_up_after_two_cursors(signed_in, cast, taken):
    """design.md §5.5: what came after, of both orders, as HTML and as JSON; the header says how far."""
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    say(taken, taken.visitor, "two", minutes=1)
    say(side, cast.cem, "inside one", minutes=2)
    say(taken, taken.visitor, "three", minutes=3)
    browser = signed_in(cast.ben)
    answer = browser.get(f"{base(taken)}messages/?after=1&side_after=0")
    assert lines(answer) == ["two", "inside one", "three"]
    assert answer.headers["X-Memo-Newest"] == "3,1,0,0,0"
    data = browser.get(f"{base(taken)}messages/?after=2&side_after=1", headers={"Accept": "application/json"}).json()
    assert [m["body"] for m in data["messages"]] == ["three"]
    assert (data["newest"], data["newest_side"], data["more"]) == (3, 1, False)
    assert browser.get(f"{base(taken)}messages/?after=-1").status_code == 200
    assert browser.get(f"{base(taken)}messages/?after=x&side_after=%00").status_code == 200
    assert browser.get(f"{base(taken)}messages/?before=9999999999&until=nonsense").status_code == 200


def test_far_behind_comes_in_portions(signed_in, cast, taken):
    """At most two hundred lines at a time; the flag says that there are more."""
    Message.objects.bulk_create(
        Message(
            conversation=taken,
            seq=n,
            client_id=uuid4(),
            author_kind="visitor",
            visitor=taken.visitor,
            author_name="V",
            body=f"b{n}",
            via="widget",
            created_at=NOW,
        )
        for n in range(2, 260)
    )
    answer = signed_in(cast.ben).get(f"{base(taken)}messages/?after=1")
    assert answer.headers["X-Memo-Newest"] == "201,0,1,0,0"
    assert len(lines(answer)) == 200


def test_a_follower_of_the_inside_alone_sees_only_that(signed_in, cast, taken):
    """Somebody outside the inbox who was drawn into the internal talk: their page shows it and offers no reply."""
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    say(side, cast.ben, "What do you think?")
    cast.inbox.inbox_memberships.filter(user=cast.dora).delete()
    Participant.objects.create(conversation=side, user=cast.dora, side="team", following=True)
    browser = signed_in(cast.dora)
    answer = browser.get(base(side))
    assert lines(answer)[:1] == ["What do you think?"]
    assert "Reply to" not in answer.content.decode()
    assert browser.get(base(taken)).status_code == 404
    assert browser.post(f"{base(side)}messages/", line(kind="internal")).status_code == 303
    assert browser.post(f"{base(side)}messages/", line(kind="reply")).status_code == 403


# --- writing --------------------------------------------------------------------------------------------------------
def test_a_form_without_scripts(signed_in, cast, taken):
    """POST → 303 → the page shows it; once, also when the form is sent twice."""
    browser, fields = signed_in(cast.ben), line(body="By form")
    for _ in range(2):
        answer = browser.post(f"{base(taken)}messages/?view=mine", fields)
        assert (answer.status_code, answer.url) == (303, f"{base(taken)}?view=mine")
    assert "By form" in lines(browser.get(base(taken)))
    assert Message.objects.filter(body="By form").count() == 1


def test_a_form_brings_its_files(signed_in, cast, taken):
    """Without scripts files come with the form itself; more than five are refused and nothing is stored."""
    browser = signed_in(cast.ben)
    file = SimpleUploadedFile("note.txt", b"hello")
    assert browser.post(f"{base(taken)}messages/", line(files=[file])).status_code == 303
    message = Message.objects.get(body="An answer")
    assert [a.name for a in message.attachments.all()] == ["note.txt"]
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]
    answer = browser.post(f"{base(taken)}messages/", line(body="Too many", files=many))
    assert answer.status_code == 422
    assert "at most 5 files" in answer.content.decode()
    assert "Too many</textarea>" in answer.content.decode()


def test_streams_put_it_into_the_thread(signed_in, cast, taken):
    """Turbo's answer is one stream whose line has the client id."""
    fields = line()
    answer = signed_in(cast.ben).post(f"{base(taken)}messages/", fields, headers={"Accept": STREAMS})
    page = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/vnd.turbo-stream.html")
    assert '<turbo-stream action="place" target="messages">' in page
    assert f'id="m-{fields["client_id"]}"' in page


def test_json_says_created_once(signed_in, cast, taken):
    """INV-18: 201, the repeat 200 with the same row, another text 409."""
    browser, fields = signed_in(cast.ben), line()
    ask = {"content_type": "application/json", "headers": {"Accept": "application/json"}}
    first = browser.post(f"{base(taken)}messages/", fields, **ask)
    again = browser.post(f"{base(taken)}messages/", fields, **ask)
    other = browser.post(f"{base(taken)}messages/", fields | {"body": "other"}, **ask)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["message"] == again.json()["message"]
    assert (first.json()["created"], again.json()["created"]) == (True, False)
    assert other.json()["error"] == "id_taken"


@pytest.mark.parametrize(
    "fields",
    [
        {"body": ""},
        {"body": "   \n "},
        {"body": "x" * 10_001},
        {"client_id": "no uuid"},
        {"client_id": None},
        {"kind": "direct"},
        {"kind": ["reply"]},
        {"body": ["a"]},
        {"body": {"a": 1}},
        {"body": "\ud800"},
        {"attachments": "x"},
        {"attachments": ["x"]},
        {"attachments": [str(uuid4())]},
        {"attachments": [str(uuid4()) for _ in range(6)]},
        {"attachments": {"a": 1}},
    ],
)
def test_bad_fields_are_422_and_store_nothing(signed_in, cast, taken, fields):
    """Every shape that is not ours is refused in words; nothing reaches the database."""
    answer = signed_in(cast.ben).post(
        f"{base(taken)}messages/",
        line() | fields,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'"x"', b"[" * 5000, b"\xff\xfe"])
def test_bad_json_is_422(signed_in, cast, taken, body):
    """What is no JSON object is refused, however deep or broken."""
    answer = signed_in(cast.ben).post(f"{base(taken)}messages/", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"] == "bad_request"


def test_only_the_assignee_answers(signed_in, cast, taken):
    """S-12, E-08: 403 in words by form, stream and JSON; managers too must assign themselves first (A-22)."""
    for user in (cast.cem, cast.anna):
        browser = signed_in(user)
        by_form = browser.post(f"{base(taken)}messages/", line(body="Not lost"))
        by_stream = browser.post(f"{base(taken)}messages/", line(), headers={"Accept": STREAMS})
        by_json = browser.post(f"{base(taken)}messages/", line(), headers={"Accept": "application/json"})
        assert {a.status_code for a in (by_form, by_stream, by_json)} == {403}
        for answer in (by_form, by_stream, by_json):
            assert "This is already with Ben Fuchs." in answer.content.decode().encode().decode(
                "unicode_escape", "ignore"
            )
        assert "Not lost</textarea>" in by_form.content.decode()
    assert Message.objects.count() == 1


def test_the_holders_first_reply_accepts(signed_in, cast, asked):
    """M-36: the reply of whom it rings at is the reaction."""
    assert signed_in(cast.ben).post(f"{base(asked)}messages/", line()).status_code == 303
    assert ConversationHead.objects.get(pk=asked.pk).assignee_id == cast.ben.pk
    assert Offer.objects.get(conversation=asked).state == "accepted"


def test_the_first_internal_line_makes_the_side(signed_in, cast, taken):
    """N-22: one side conversation, however many write first; nothing of it in the customer's conversation (INV-02)."""
    for user in (cast.cem, cast.ben, cast.cem):
        assert (
            signed_in(user).post(f"{base(taken)}messages/", line(kind="internal", body=f"of {user.pk}")).status_code
            == 303
        )
    side = Conversation.objects.get(kind="internal")
    assert (side.about_id, side.messages.count(), taken.messages.count()) == (taken.pk, 3, 1)


def test_a_locked_conversation_takes_nothing(signed_in, cast, taken):
    """INV-19: neither answer nor internal line; the page has no sheet to write on."""
    ConversationHead.objects.filter(pk=taken.pk).update(status="locked")
    browser = signed_in(cast.ben)
    for kind in ("reply", "internal"):
        assert browser.post(f"{base(taken)}messages/", line(kind=kind)).status_code == 409
    page = browser.get(base(taken)).content.decode()
    assert "archive for good" in page
    assert 'value="internal"' not in page
    assert Conversation.objects.count() == 1


def test_direct_ones_have_no_inside(signed_in, cast):
    """INV-03: a direct conversation knows its two; nobody else opens it, nobody writes internally."""
    direct = direct_conversation(cast.ben, cast.udo, now=NOW)
    assert signed_in(cast.ben).post(f"{base(direct)}messages/", line(body="Hi Udo")).status_code == 303
    assert signed_in(cast.ben).post(f"{base(direct)}messages/", line(kind="internal")).status_code == 422
    assert "Hi Udo" in lines(signed_in(cast.udo).get(base(direct)))
    for other in (cast.anna, cast.cem):
        assert signed_in(other).get(base(direct)).status_code == 404


def test_without_the_token_of_the_page_nothing_is_written(cast, taken):
    """CSRF: a form from elsewhere is refused, by form and by JSON."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ben)
    for path in ("messages", "accept", "decline", "assign", "unassign", "ring", "close", "reopen", "seen"):
        assert browser.post(f"{base(taken)}{path}/", line()).status_code == 403
        assert browser.post(f"{base(taken)}{path}/", line(), content_type="application/json").status_code == 403
    assert browser.post("/conversations/uploads/", {"file": SimpleUploadedFile("a.txt", b"x")}).status_code == 403
    assert Message.objects.count() == 1


def test_a_flood_is_told_to_wait(signed_in, cast, taken, monkeypatch):
    """S-50: when the bucket of this member is empty, 429 in words."""
    asked = []
    monkeypatch.setattr("events.limits.take", lambda key, **rate: asked.append((key, rate)))
    browser = signed_in(cast.ben)
    answer = browser.post(f"{base(taken)}messages/", line(), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many")
    assert asked == [(f"say:{cast.ben.pk}", {"limit": 120, "per_s": 6, "open_without_valkey": True})]


def test_the_same_queries_for_one_line_and_for_fifty(signed_in, cast, taken):
    """The thread's frame costs the same whatever it holds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(cast.ben)
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    say(side, cast.cem, "inside")
    frame = {"Turbo-Frame": "conversation"}
    browser.get(base(taken), headers=frame)
    with CaptureQueriesContext(connection) as few:
        browser.get(base(taken), headers=frame)
    for n in range(30):
        say(taken, taken.visitor if n % 2 else cast.ben, f"line {n}", minutes=n)
        say(side, cast.cem, f"inside {n}", minutes=n)
    with CaptureQueriesContext(connection) as many:
        browser.get(base(taken), headers=frame)
    assert len(many) == len(few) <= 24
