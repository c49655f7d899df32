"""News at once: tickets, the visitor's socket, the long poll (S-05, S-14, S-16)."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from channels_app.models import Widget
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Conversation, Message
from customers.actions.visitors import end_token
from customers.models import Visitor
from events import consumers, hub
from tests.widget.conftest import Door
from widget import passes
from widget.consumers import VisitorConsumer, _recheck_all
from widget.views import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def quiet_hub():
    """The hub's jobs end with the test."""
    yield
    process = hub.get()
    jobs = list(process._tasks)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    hub._hubs.clear()


def socket_of(ticket: str, *, origin: str | None = None) -> WebsocketCommunicator:
    headers = [] if origin == "" else [(b"origin", (origin or settings.BASE_URL).encode("latin-1"))]
    return WebsocketCommunicator(VisitorConsumer.as_asgi(), f"/ws/visitor/?ticket={ticket}", headers=headers)


def ticket_of(door: Door) -> str:
    return door.post("ticket/").json()["ticket"]


async def opened(door: Door) -> WebsocketCommunicator:
    socket = socket_of(await sync_to_async(ticket_of)(door))
    assert (await socket.connect())[0]
    assert await socket.receive_json_from() == {"k": "hello"}
    return socket


async def next_frame(socket: WebsocketCommunicator, kind: str) -> dict:
    """The next frame of this kind; beats and others are passed over."""
    while True:
        frame = await socket.receive_json_from(timeout=5)
        if frame["k"] == kind:
            return frame


async def until(condition) -> None:
    """Wait for what another task does, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def answer(body: str = "Hello!") -> None:
    conversation = Conversation.objects.get()
    user = conversation.offers.get(state="pending").user
    post_message(
        conversation,
        author=Author.of_user(user),
        body=body,
        client_id=uuid.uuid4(),
        via="app",
        role="team_member",
        now=timezone.now(),
    )


# --- tickets -----------------------------------------------------------------------------------------------
def test_a_ticket_is_good_for_one_use(visitor: Door) -> None:
    ticket = ticket_of(visitor)
    assert passes.redeem(ticket).visitor_pk == Visitor.objects.get().pk
    assert passes.redeem(ticket) is None


def test_a_ticket_dies_after_thirty_seconds(visitor: Door, clean_valkey) -> None:
    ticket_of(visitor)
    keys = [key for key in clean_valkey.scan_iter("*") if b":limit:" not in key]
    assert len(keys) == 1
    assert 0 < clean_valkey.ttl(keys[0]) <= 30


def test_the_store_holds_no_ticket_in_clear(visitor: Door, clean_valkey) -> None:
    ticket = ticket_of(visitor)
    assert not [key for key in clean_valkey.scan_iter("*") if ticket.encode() in key]


@pytest.mark.parametrize("ticket", ["", "x", "a" * 43, "a" * 5_000])
def test_a_guessed_ticket_is_none(clean_valkey, ticket: str) -> None:
    assert passes.redeem(ticket) is None


# --- socket ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://shop.example", "HTTP://127.0.0.1:8000", "http://127.0.0.1:8000.", "http://127.0.0.1:8001"],
)
async def test_only_our_own_frame_opens_a_socket(visitor: Door, origin: str) -> None:
    """S-14: the frame lives on our own address; everything else is refused before the ticket is looked at."""
    ticket = await sync_to_async(ticket_of)(visitor)
    accepted, code = await socket_of(ticket, origin=origin).connect()
    assert (accepted, code) == (False, consumers.NO_ACCESS)
    assert await sync_to_async(passes.redeem)(ticket)


async def test_without_a_ticket_there_is_no_socket(visitor: Door) -> None:
    socket = socket_of("nothing")
    await socket.connect()
    assert (await socket.receive_output())["code"] == consumers.LOGIN_AGAIN


async def test_an_answer_arrives_with_its_version(visitor: Door) -> None:
    """N-12: the requester's group, the message's own data."""
    started = await sync_to_async(visitor.start)()
    socket = await opened(visitor)
    await sync_to_async(answer)("Yes, we shorten it.")
    frame = await next_frame(socket, "message")
    assert frame["g"] == f"conversation.{started['conversation']['c']}.requester"
    assert (frame["d"]["body"], frame["d"]["seq"], frame["d"]["author"]["kind"]) == ("Yes, we shorten it.", 2, "user")
    assert isinstance(frame["v"], int)
    await socket.disconnect()


async def test_a_conversation_begun_in_another_tab_is_heard_here(visitor: Door) -> None:
    socket = await opened(visitor)
    started = await sync_to_async(visitor.start)()
    assert (await next_frame(socket, "rights"))["d"] == {"c": started["conversation"]["c"]}
    group = f"conversation.{started['conversation']['c']}.requester"
    process = hub.get()
    mine = next(one for one in process.sockets)
    await until(lambda: group in mine.groups)
    await sync_to_async(answer)("In both tabs")
    assert (await next_frame(socket, "message"))["d"]["body"] == "In both tabs"
    await socket.disconnect()


async def test_a_stranger_hears_nothing(visitor: Door, stranger: Door) -> None:
    """S-05: whatever the frames say that come up."""
    started = await sync_to_async(visitor.start)()
    await sync_to_async(stranger.start)()
    foreign = started["conversation"]["c"]
    socket = await opened(stranger)
    for frame in ({"k": "load", "conversation": foreign}, {"k": "typing", "c": foreign}, {"k": "open", "c": foreign}):
        await socket.send_json_to(frame)
    await sync_to_async(visitor.say)(foreign, "Not yours")
    mine = next(one for one in hub.get().sockets)
    assert f"conversation.{foreign}.requester" not in mine.groups
    await sync_to_async(stranger.start)("Mine")
    assert (await next_frame(socket, "rights"))["g"].startswith("visitor.")
    await socket.disconnect()


async def test_typing_goes_to_the_team_of_ones_own_conversation(visitor: Door, frames) -> None:
    started = await sync_to_async(visitor.start)()
    own, socket = started["conversation"]["c"], await opened(visitor)
    frames.clear()
    for conversation in (str(uuid.uuid4()), "rubbish", own):
        await socket.send_json_to({"k": "typing", "c": conversation})
    await until(lambda: frames)
    assert [(f["g"], f["k"]) for f in frames] == [(f"conversation.{own}.team", "typing")]
    await socket.disconnect()


# --- what the team may see while it happens -----------------------------------------------------------------
SHOP = "https://shop.example"
PAGE = {"k": "page", "url": f"{SHOP}/lamp?session=1#top", "title": "Aurora\u202e 40\n"}


async def heard_by_team(visitor: Door, widget, frames, sent: list[dict], **shared) -> list[dict]:
    """The data of what the team hears when the visitor's frame says these things, under these settings."""
    await sync_to_async(Widget.objects.filter(pk=widget.pk).update)(**shared)
    started = await sync_to_async(visitor.start)()
    own, socket = started["conversation"]["c"], await opened(visitor)
    frames.clear()
    for one in [*sent, {"k": "typing"}]:
        await socket.send_json_to({"c": own} | one)
    await until(lambda: frames and frames[-1]["k"] == "typing" and "text" not in frames[-1]["d"])
    await socket.disconnect()
    assert {f["g"] for f in frames} == {f"conversation.{own}.team"}, "nobody else hears it"
    return [f["d"] | {"k": f["k"]} for f in frames[:-1]]


async def test_what_a_visitor_types_and_where_they_are_is_nobodys_business_by_default(visitor, widget, frames) -> None:
    """Issue 4 §9: both settings are off at first; the frame may say what it likes."""
    assert (widget.share_page, widget.share_typing) == (False, False)
    heard = await heard_by_team(visitor, widget, frames, [PAGE])
    assert heard == []


async def test_the_page_is_shown_without_its_query_and_only_on_the_widgets_sites(visitor, widget, frames) -> None:
    """S-44: one clean line for the title; other sites, scripts and nonsense are not passed on."""
    bad = [
        PAGE | {"url": url}
        for url in ("https://evil.example/x", "javascript:alert(1)", "", "https://shop.example\u0000")
    ]
    odd = [PAGE | {"url": 7}, PAGE | {"title": None}, {"k": "page"}]
    heard = await heard_by_team(visitor, widget, frames, [PAGE, *bad, *odd], share_page=True)
    assert [(one["k"], one["url"], one["title"]) for one in heard] == [("page", f"{SHOP}/lamp", "Aurora 40")]


async def test_the_text_is_shown_in_part_and_never_stored(visitor, widget, frames) -> None:
    """At most 500 characters and no control characters; an empty text takes the preview away; no row holds it."""
    long = "x" * 600 + "\u0007secret\nword"
    sent = [{"k": "typing", "text": text} for text in (long, "", 7)]
    heard = await heard_by_team(visitor, widget, frames, sent[:2], share_typing=True)
    assert [one["text"] for one in heard] == ["x" * (500 - 12) + "secret\nword", ""]
    found = await sync_to_async(lambda: Message.objects.filter(body__contains="secret").count())()
    assert found == 0


async def test_it_stops_with_the_setting(visitor, widget, frames) -> None:
    """Switched off while the frame is open: the next word is only “typing”."""
    await sync_to_async(Widget.objects.filter(pk=widget.pk).update)(share_typing=True, share_page=True)
    started = await sync_to_async(visitor.start)()
    own, socket = started["conversation"]["c"], await opened(visitor)
    frames.clear()
    await socket.send_json_to({"k": "typing", "c": own, "text": "one"})
    await until(lambda: frames)
    await sync_to_async(Widget.objects.filter(pk=widget.pk).update)(share_typing=False, share_page=False)
    await socket.send_json_to(PAGE | {"c": own})
    await socket.send_json_to({"k": "typing", "c": own, "text": "two"})
    await until(lambda: len(frames) > 1)
    assert [(f["k"], f["d"].get("text")) for f in frames] == [("typing", "one"), ("typing", None)]
    await socket.disconnect()


async def test_somebody_elses_conversation_gets_neither(visitor, stranger, widget, frames) -> None:
    """S-05."""
    await sync_to_async(Widget.objects.filter(pk=widget.pk).update)(share_typing=True, share_page=True)
    foreign = (await sync_to_async(visitor.start)())["conversation"]["c"]
    own = (await sync_to_async(stranger.start)())["conversation"]["c"]
    socket = await opened(stranger)
    frames.clear()
    for one in (PAGE | {"c": foreign}, {"k": "typing", "text": "x", "c": foreign}, {"k": "typing", "c": own}):
        await socket.send_json_to(one)
    await until(lambda: frames)
    assert [f["g"] for f in frames] == [f"conversation.{own}.team"]
    await socket.disconnect()


async def test_rubbish_closes_the_socket(visitor: Door) -> None:
    socket = await opened(visitor)
    await socket.send_to(text_data="no json")
    assert (await socket.receive_output(timeout=5))["code"] == consumers.TOO_MUCH


async def test_a_dead_token_ends_the_socket(visitor: Door) -> None:
    """S-16: the regular look at rights finds it."""
    socket = await opened(visitor)
    await sync_to_async(lambda: end_token(Visitor.objects.get()))()
    await _recheck_all(hub.get())
    assert await socket.receive_json_from() == {"k": "revoked"}
    assert (await socket.receive_output())["code"] == consumers.LOGIN_AGAIN


async def test_a_widget_that_was_switched_off_ends_its_sockets(visitor: Door, widget) -> None:
    socket = await opened(visitor)
    widget.active = False
    await sync_to_async(widget.save)()
    await _recheck_all(hub.get())
    assert await socket.receive_json_from() == {"k": "revoked"}


async def test_looking_at_a_thread_brings_faster_beats(visitor: Door) -> None:
    socket = await opened(visitor)
    mine = next(one for one in hub.get().sockets)
    for frame, busy in (({"k": "open", "on": True}, True), ({"k": "open", "on": "yes"}, False)):
        await socket.send_json_to(frame)
        await until(lambda busy=busy: mine.busy is busy)
    await socket.disconnect()


def closing(function):
    """The function, leaving no database connection in its thread."""

    def run(*args):
        try:
            return function(*args)
        finally:
            connection.close()

    return run


# --- long poll ---------------------------------------------------------------------------------------------
async def polled(door: Door, known: str = "") -> dict:
    headers = {"authorization": f"Memo {door.token}"}
    response = await AsyncClient().get(f"/w/{door.key}/poll/?known={known}", headers=headers)
    assert response.status_code == 200
    return json.loads(response.content)


async def test_the_first_poll_answers_at_once(visitor: Door) -> None:
    started = await sync_to_async(visitor.start)()
    answered = await polled(visitor)
    assert f"conversation.{started['conversation']['c']}.requester" in answered["s"]
    assert (len(answered["known"]), answered["frames"]) == (16, [])


async def test_a_waiting_poll_wakes_with_the_frame(visitor: Door) -> None:
    await sync_to_async(visitor.start)()
    known = (await polled(visitor))["known"]
    waiting = asyncio.ensure_future(polled(visitor, known))
    process = hub.get()
    await until(lambda: process._members and process._pubsub is not None)
    # The waiting request sits in the tests' one shared thread; the team writes from another.
    await sync_to_async(closing(answer), thread_sensitive=False)("By poll")
    async with asyncio.timeout(5):
        answered = await waiting
    assert {frame["k"] for frame in answered["frames"]} <= {"state", "message"}
    assert answered["frames"]
    assert answered["known"] != known
    assert process._members == {}


async def test_a_poll_that_missed_something_answers_at_once(visitor: Door) -> None:
    await sync_to_async(visitor.start)()
    known = (await polled(visitor))["known"]
    await sync_to_async(answer)()
    async with asyncio.timeout(5):
        assert (await polled(visitor, known))["known"] != known


async def test_a_quiet_poll_ends_after_its_time(visitor: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.05)
    known = (await polled(visitor))["known"]
    again = await polled(visitor, known)
    assert (again["known"], again["frames"]) == (known, [])


def test_a_poll_needs_a_token(door: Door) -> None:
    assert door.get("poll/").status_code == 401
