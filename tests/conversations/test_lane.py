"""The fast lane: same rule as the view, shared commits, rights that count at the next message."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from channels_app.models import Inbox, InboxMembership
from companies.models import Membership
from conversations import writer
from conversations.lane import Lane
from conversations.models import Message
from tests.cast import make_cast, make_visitor, write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def _django(scope, receive, send):
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def post(lane, conversation, client, *, origin=settings.BASE_URL, kind=b"application/json", **fields):
    """One POST through the lane; returns (status, body). 299 = handed to Django with its body."""
    data = {"body": "Hi", "client_id": str(uuid.uuid4()), "kind": fields.pop("kind_of_line", "reply")} | fields
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/conversations/{conversation.public_id}/messages/",
        "headers": [
            (b"origin", origin.encode()),
            (b"content-type", kind),
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}".encode()),
        ],
    }
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(data).encode(), "more_body": False}

    async def send(event):
        sent.append(event)

    await lane(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def _prepare():
    cast = make_cast()
    Inbox.objects.filter(pk=cast.inbox.pk).update(assignment_enabled=False)
    cast.support.inbox.refresh_from_db()
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    clients = {}
    for name in ("ben", "cem", "udo"):
        clients[name] = Client()
        clients[name].force_login(getattr(cast, name), backend=settings.AUTHENTICATION_BACKENDS[0])
    return cast, conversation, clients


@pytest.fixture
def lane():
    return Lane(_django)


async def test_stores_and_answers_with_the_message(lane):
    """N-01, design.md §5.1: 201 with the message; the same id again is the same row with 200."""
    _, conversation, clients = await sync_to_async(_prepare)()
    client_id = str(uuid.uuid4())
    status, body = await post(lane, conversation, clients["ben"], body="Hello", client_id=client_id)
    assert status == 201
    assert json.loads(body)["message"]["body"] == "Hello"
    status, body = await post(lane, conversation, clients["ben"], body="Hello", client_id=client_id)
    assert (status, json.loads(body)["created"]) == (200, False)
    assert await Message.objects.filter(conversation=conversation).acount() == 2


async def test_many_at_once_share_commits_and_keep_their_order(lane):
    """INV-18: 40 at once from two people, stored once each, seq without gap."""
    _, conversation, clients = await sync_to_async(_prepare)()
    answers = await asyncio.gather(
        *(post(lane, conversation, clients[name], body=f"{name} {n}") for n in range(20) for name in ("ben", "cem"))
    )
    assert [status for status, _ in answers] == [201] * 40
    stored = [m async for m in Message.objects.filter(conversation=conversation).order_by("seq")]
    assert [m.seq for m in stored] == list(range(1, 42))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"kind": b"text/plain"},
        {"kind_of_line": "internal"},
        {"body": 5},
        {"client_id": "no uuid"},
        {"attachments": ["x"]},
    ],
)
async def test_everything_unusual_is_left_to_the_view(lane, wrong):
    """S-14, S-42: a foreign origin, a form, files or a wrong shape are Django's, body and all."""
    _, conversation, clients = await sync_to_async(_prepare)()
    status, _ = await post(lane, conversation, clients["ben"], **wrong)
    assert status == 299
    assert await Message.objects.filter(conversation=conversation).acount() == 1


async def test_a_stranger_gets_nothing_from_the_lane(lane):
    """S-02, INV-01: Udo of Süd AG is handed to the view (which answers 404); nothing is stored."""
    _, conversation, clients = await sync_to_async(_prepare)()
    status, _ = await post(lane, conversation, clients["udo"])
    assert status == 299
    assert await Message.objects.filter(conversation=conversation).acount() == 1


async def test_a_right_taken_away_counts_at_the_next_message(lane):
    """E-39, S-16, INV-20: role removed, password changed, session ended or member deactivated: nothing is remembered."""
    cast, conversation, clients = await sync_to_async(_prepare)()
    for name in ("ben", "cem"):
        assert (await post(lane, conversation, clients[name]))[0] == 201

    def take_away():
        InboxMembership.objects.filter(inbox=cast.inbox, user=cast.ben).delete()
        member = Membership.objects.get(user=cast.ben)
        member.rights_epoch += 1
        member.save()
        cast.cem.set_password("another long one")
        cast.cem.save()

    await sync_to_async(take_away)()
    assert (await post(lane, conversation, clients["ben"]))[0] == 299
    assert (await post(lane, conversation, clients["cem"]))[0] == 299
    assert await Message.objects.filter(conversation=conversation).acount() == 3


async def test_a_refusal_gets_its_words_from_the_view(lane):
    """G-15, INV-05: in assignment mode who is not the assignee is refused under the lock; nothing is stored."""
    cast, conversation, clients = await sync_to_async(_prepare)()

    def assign():
        Inbox.objects.filter(pk=cast.inbox.pk).update(assignment_enabled=True)
        conversation.head.routing, conversation.head.assignee = "assigned", cast.cem
        conversation.head.save()

    await sync_to_async(assign)()
    assert (await post(lane, conversation, clients["ben"]))[0] == 299
    assert (await post(lane, conversation, clients["cem"]))[0] == 201
    authors = [m.user_id async for m in Message.objects.filter(conversation=conversation, user__isnull=False)]
    assert authors == [cast.cem.pk]


async def test_what_breaks_at_one_message_holds_up_no_other(lane, monkeypatch):
    """Neither those of the same commit, who are stored, nor those who come later; whoever wrote it is told at once."""
    _, conversation, clients = await sync_to_async(_prepare)()
    whole = writer.post_messages

    def post_messages(new, *, now):
        if any(one.body == "breaks" for one in new):
            raise RuntimeError("breaks")
        return whole(new, now=now)

    monkeypatch.setattr(writer, "post_messages", post_messages)
    bodies = ["one", "breaks", "two"]
    found = await asyncio.wait_for(
        asyncio.gather(*(post(lane, conversation, clients["ben"], body=b) for b in bodies), return_exceptions=True), 10
    )
    assert [one[0] if isinstance(one, tuple) else type(one) for one in found] == [201, RuntimeError, 201]
    monkeypatch.setattr(writer, "still_standing", lambda standings: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(post(lane, conversation, clients["ben"]), 10)
    monkeypatch.undo()
    assert (await post(lane, conversation, clients["ben"]))[0] == 201


async def test_too_many_messages_of_one_person_are_slowed_down(lane, monkeypatch):
    """S-50: the bucket of one person empties; others are not touched."""
    monkeypatch.setattr("conversations.lane._BURST", 3.0)
    monkeypatch.setattr("conversations.lane._PER_S", 0.001)
    _, conversation, clients = await sync_to_async(_prepare)()
    statuses = [(await post(lane, conversation, clients["ben"]))[0] for _ in range(5)]
    assert statuses[:3] == [201] * 3
    assert 429 in statuses
    assert (await post(lane, conversation, clients["cem"]))[0] == 201
