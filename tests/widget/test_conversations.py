"""The visitor's conversations by HTTP: start, write on, catch up, seen, typing; hostile cases S-05, S-14, S-22, S-52."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from conversations.actions import closing, reading, ringing
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Message, Offer, Participant
from customers.models import Visitor
from tests.cast import NOW, make_channel, make_visitor, write
from tests.widget.conftest import Door
from widget import limits

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"


def one() -> Conversation:
    return Conversation.objects.select_related("head", "channel", "company", "visitor", "customer").get()


def answered(conversation: Conversation, body: str = "Hello!") -> Offer:
    """The holder of the offer accepts and answers."""
    offer = Offer.objects.get(conversation=conversation, state="pending")
    ringing.accept(conversation, user=offer.user, now=timezone.now())
    post_message(
        conversation,
        author=Author.of_user(offer.user),
        body=body,
        client_id=uuid.uuid4(),
        via="app",
        role="team_member",
        now=timezone.now(),
    )
    return offer


# --- start -----------------------------------------------------------------------------------------------
def test_a_first_message_starts_a_request_that_rings(visitor: Door, cast) -> None:
    """N-09, N-21: no personal data; the entrance is the widget's channel."""
    answer = visitor.start("Can the Aurora be shortened?")
    conversation = one()
    assert (conversation.origin, conversation.kind, conversation.channel) == ("widget", "customer", cast.support)
    assert conversation.requester_label == f"Visitor #{conversation.visitor.number}"
    assert answer["conversation"] | {"at": ""} == {
        "c": str(conversation.public_id),
        "status": "open",
        "routing": "looking",
        "holder": None,
        "back_at": None,
        "channel": "Support",
        "subject": "Can the Aurora be shortened?",
        "preview": "Can the Aurora be shortened?",
        "by": conversation.requester_label,
        "own": True,
        "at": "",
        "seq": 1,
        "changes": 0,
        "read": 1,
        "team_read": 0,
        "others": 0,
        "mine": None,
        "people": [],
    }
    assert (answer["message"]["seq"], answer["message"]["author"]["kind"]) == (1, "visitor")


def test_a_repeated_start_is_one_conversation(visitor: Door) -> None:
    ids = {"start_id": str(uuid.uuid4()), "client_id": str(uuid.uuid4())}
    first, second = visitor.start(**ids), visitor.start(**ids)
    assert first["conversation"]["c"] == second["conversation"]["c"]
    assert (Conversation.objects.count(), Message.objects.count()) == (1, 1)


def test_the_visitors_tabs_are_told_of_a_new_conversation(visitor: Door, frames, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        visitor.start()
    group = f"visitor.{Visitor.objects.get().public_id}"
    assert [(f["k"], f["d"]) for f in frames if f["g"] == group] == [("rights", {"c": str(one().public_id)})]


def test_several_topics_have_to_be_chosen_from(visitor: Door, cast, widget) -> None:
    billing = make_channel(cast.inbox, "Billing", cast.ben)
    elsewhere = make_channel(cast.inbox, "Elsewhere", cast.ben)
    widget.channels.add(billing)
    assert visitor.start()["error"] == "channel"
    assert visitor.start(channel=str(elsewhere.public_id))["error"] == "channel"
    assert visitor.start(channel="rubbish")["error"] == "channel"
    assert visitor.start(channel=str(billing.public_id))["conversation"]["channel"] == "Billing"


def test_without_a_channel_the_default_inbox_takes_it(visitor: Door, widget) -> None:
    widget.channels.clear()
    visitor.start()
    assert one().head.inbox.is_default


def test_closed_hours_say_when_somebody_is_back(visitor: Door, cast) -> None:
    cast.support.holidays.create(date=timezone.localdate(), name="Today")
    cast.support.hours.create(weekday=(timezone.localdate().weekday() + 1) % 7, opens="08:00", closes="09:00")
    state = visitor.start()["conversation"]
    assert state["routing"] == "waiting"
    assert state["back_at"] > timezone.now().isoformat()


def test_a_locked_conversation_goes_on_in_a_new_one(visitor: Door) -> None:
    """model.md §4.1: new conversation with follow_up_of."""
    old = visitor.start()["conversation"]["c"]
    ConversationHead.objects.update(status="locked")
    refused = visitor.say(old)
    assert (refused.status_code, refused.json()["error"]) == (409, "locked")
    new = visitor.start(follow_up_of=old)["conversation"]["c"]
    assert str(Conversation.objects.get(public_id=new).follow_up_of.public_id) == old


def test_a_follow_up_of_a_foreign_conversation_is_not_there(visitor: Door, stranger: Door) -> None:
    foreign = stranger.start()["conversation"]["c"]
    assert visitor.start(follow_up_of=foreign)["error"] == "not_found"
    assert visitor.start(follow_up_of=NOBODY)["error"] == "not_found"


# --- write on ----------------------------------------------------------------------------------------------
def test_writing_on_in_an_open_one(visitor: Door) -> None:
    """N-10."""
    conversation = visitor.start()["conversation"]["c"]
    answer = visitor.say(conversation, "And 75 cm?")
    assert answer.status_code == 201
    assert [m["body"] for m in visitor.get(f"conversations/{conversation}/messages/").json()["messages"]] == [
        "Hello?",
        "And 75 cm?",
    ]


def test_the_same_message_again_is_the_same_row(visitor: Door) -> None:
    """INV-18: stored once; another text under the same id is a conflict."""
    conversation, client_id = visitor.start()["conversation"]["c"], str(uuid.uuid4())
    first, again = (visitor.say(conversation, "Once", client_id=client_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["message"] == again.json()["message"]
    other = visitor.say(conversation, "Twice", client_id=client_id)
    assert (other.status_code, other.json()["error"]) == (409, "client_id")
    assert Message.objects.count() == 2


def test_writing_reopens_a_closed_one(visitor: Door, cast) -> None:
    conversation = visitor.start()["conversation"]["c"]
    offer = answered(one())
    closing.close(one(), author=Author.of_user(offer.user), role="team_member", now=timezone.now())
    state = visitor.get("conversations/").json()["conversations"][0]
    assert state["status"] == "closed"
    assert visitor.say(conversation).json()["conversation"]["status"] == "open"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"body": ""}, 422, "empty"),
        ({"body": " \n\t "}, 422, "empty"),
        ({"body": "x" * 10_001}, 422, "too_long"),
        ({"body": "x" * 20_001}, 400, "bad_body"),
        ({"body": None}, 422, "empty"),
        ({"body": ["x"]}, 400, "bad_body"),
        ({"body": "a\x00b"}, 400, "bad_body"),
        ({"client_id": "1"}, 400, "bad_client_id"),
        ({"client_id": None}, 400, "bad_client_id"),
        ({"files": "x"}, 400, "bad_files"),
        ({"files": ["x"]}, 400, "bad_files"),
        ({"files": [NOBODY, NOBODY]}, 400, "bad_files"),
        ({"files": [NOBODY]}, 422, "bad_file"),
        ({"files": [str(uuid.UUID(int=n)) for n in range(6)]}, 422, "too_many_files"),
    ],
)
def test_what_is_no_message_is_refused(visitor: Door, data: dict, status: int, code: str) -> None:
    conversation = visitor.start()["conversation"]["c"]
    fields = {"client_id": str(uuid.uuid4()), "body": "Text"} | data
    answer = visitor.post(f"conversations/{conversation}/messages/", fields)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert Message.objects.count() == 1


def test_markup_stays_text(visitor: Door) -> None:
    """S-22: stored and sent as it was written."""
    payload = "<img src=x onerror=alert(1)>\u202egnp.exe"
    conversation = visitor.start(payload)["conversation"]["c"]
    assert visitor.get(f"conversations/{conversation}/messages/").json()["messages"][0]["body"] == payload


# --- whose -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["messages/", "seen/", "typing/"])
def test_foreign_and_missing_conversations_look_alike(visitor: Door, stranger: Door, path: str) -> None:
    """S-05, S-52: the same answer for another's and for none."""
    foreign = stranger.start()["conversation"]["c"]
    data = {"client_id": str(uuid.uuid4()), "body": "x", "seq": 1}
    answers = [visitor.post(f"conversations/{c}/{path}", data) for c in (foreign, NOBODY)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert Message.objects.count() == 1
    assert visitor.get(f"conversations/{foreign}/messages/").status_code == 404


def test_internal_lines_of_ones_own_conversation_are_not_there(visitor: Door, cast) -> None:
    """INV-02: the side conversation is nobody's but the team's."""
    visitor.start()
    side = Conversation.objects.create(company=cast.nordlicht, kind="internal", origin="app", about=one())
    ConversationHead.objects.create(conversation=side, kind="internal", last_activity=NOW, inbox=cast.inbox)
    assert visitor.get(f"conversations/{side.public_id}/messages/").status_code == 404
    assert len(visitor.get("conversations/").json()["conversations"]) == 1


def test_the_list_holds_the_visitors_own_latest_first(visitor: Door, stranger: Door) -> None:
    stranger.start("Not mine")
    first = visitor.start("First")["conversation"]["c"]
    second = visitor.start("Second")["conversation"]["c"]
    visitor.say(first)
    assert [c["c"] for c in visitor.get("conversations/").json()["conversations"]] == [first, second]


def test_the_list_takes_the_same_number_of_queries_for_one_and_for_many(
    visitor: Door, django_assert_max_num_queries
) -> None:
    visitor.start()
    with django_assert_max_num_queries(8):
        visitor.get("conversations/")
    for _ in range(3):
        visitor.start()
    with django_assert_max_num_queries(8):
        visitor.get("conversations/")


# --- catch up ----------------------------------------------------------------------------------------------
def test_catching_up_after_a_position(visitor: Door) -> None:
    conversation = visitor.start()["conversation"]["c"]
    for body in ("two", "three"):
        visitor.say(conversation, body)
    bodies = lambda query: [  # noqa: E731
        m["body"] for m in visitor.get(f"conversations/{conversation}/messages/{query}").json()["messages"]
    ]
    assert bodies("?after=1") == ["two", "three"]
    assert bodies("?after=3") == []
    assert bodies("?before=3") == ["Hello?", "two"]


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?after=1e9", "?after=99999999999", "?after=1&before=2"])
def test_a_position_that_is_none_is_refused(visitor: Door, query: str) -> None:
    conversation = visitor.start()["conversation"]["c"]
    assert visitor.get(f"conversations/{conversation}/messages/{query}").status_code == 400


def test_the_answer_says_who_has_it_and_how_far_they_read(visitor: Door, cast) -> None:
    conversation = visitor.start()["conversation"]["c"]
    offer = answered(one())
    reading.mark_seen(one(), viewer=cast.member(offer.user), seq=2, now=timezone.now())
    state = visitor.get(f"conversations/{conversation}/messages/?after=1").json()["conversation"]
    assert (state["routing"], state["holder"]["name"]) == ("answered", offer.user.full_name)
    assert (state["seq"], state["read"], state["team_read"]) == (2, 1, 2)
    assert "email" not in state["holder"]


# --- seen, typing --------------------------------------------------------------------------------------------
def test_seen_moves_forward_only_and_never_past_the_end(visitor: Door, frames) -> None:
    conversation = visitor.start()["conversation"]["c"]
    answered(one())
    assert visitor.post(f"conversations/{conversation}/seen/", {"seq": 99}).json() == {"read": 2}
    assert visitor.post(f"conversations/{conversation}/seen/", {"seq": 1}).json() == {"read": 2}
    assert Participant.objects.get(visitor__isnull=False).last_read_seq == 2


@pytest.mark.parametrize("seq", [None, "x", -1, 1.5, True, [1], 2**31])
def test_seen_takes_a_position_only(visitor: Door, seq: object) -> None:
    conversation = visitor.start()["conversation"]["c"]
    assert visitor.post(f"conversations/{conversation}/seen/", {"seq": seq}).status_code == 400


def test_typing_is_whispered_to_the_team_alone(visitor: Door, frames) -> None:
    conversation = visitor.start()["conversation"]["c"]
    frames.clear()
    assert visitor.post(f"conversations/{conversation}/typing/").status_code == 200
    assert [(f["g"], f["k"], f.get("v")) for f in frames] == [(f"conversation.{conversation}.team", "typing", None)]
    assert frames[0]["d"]["who"]["kind"] == "visitor"


def test_nothing_changes_by_a_get(visitor: Door) -> None:
    conversation = visitor.start()["conversation"]["c"]
    for path in (f"conversations/{conversation}/seen/", f"conversations/{conversation}/typing/", "session/", "ticket/"):
        assert visitor.get(path).status_code == 405


def test_writing_is_limited_by_visitor(visitor: Door, stranger: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.TABLE, "say", ((100, 6_000), (3, 6_000)))
    conversation = visitor.start()["conversation"]["c"]
    assert [visitor.say(conversation, f"{turn}").status_code for turn in range(5)] == [201, 201, 201, 429, 429]
    assert stranger.say(stranger.start()["conversation"]["c"]).status_code == 201


def test_who_wrote_without_the_widget_sees_nothing_here(visitor: Door, cast) -> None:
    """A visitor row of the same company, made elsewhere, is still somebody else."""
    write(make_visitor(cast.nordlicht), cast.support)
    assert visitor.get("conversations/").json()["conversations"] == []
