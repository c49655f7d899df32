"""An agent's websocket: nonsense, floods, readers that confirm nothing, walks through ids; R-13, S-05, S-52."""

from __future__ import annotations

import uuid

import pytest

from events import guessing
from tests.conversations.wires import arrive, open_thread, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.mark.parametrize("text", ["", "x", "[]", '{"a":1}', "[" * 9000, '{"k":"open","c":"' + "x" * 17_000 + '"}'])
async def test_what_is_no_frame_ends_the_socket(world, text):
    """Bounded and strict: nonsense, or more than 16 KiB, closes with 4429."""
    wire = await arrive(world, "Ben")
    wire.say_raw(text)
    assert await wire.closed() == 4429


async def test_a_flood_ends_the_socket(world):
    """More than a hundred frames in ten seconds."""
    wire = await arrive(world, "Ben")
    for _ in range(101):
        wire.say(k="nothing")
    assert await wire.closed() == 4429


async def test_a_reader_who_confirms_nothing_is_let_go(world, monkeypatch):
    """R-13: unconfirmed frames are bounded; confirming makes room, wrong numbers do not."""
    from events import consumers as base

    monkeypatch.setattr(base, "MAX_UNACKNOWLEDGED_FRAMES", 10)
    conversation = world["conversation"]
    ben = await arrive(world, "Ben")
    await open_thread(ben, conversation)
    for number in range(4):
        await say(conversation, conversation.visitor, f"{number}")
        await ben.until("message")
        ben.say(k="ack", n=len([f for f in ben.heard if f["k"] != "beat"]) if number == 0 else 1)
        ben.say(k="ack", n=-1)
        ben.say(k="ack", n=10**9)
        ben.say(k="ack", n="all")
    assert ben.code is None
    for number in range(12):
        await say(conversation, conversation.visitor, f"more {number}")
    assert await ben.closed() == 4429


@pytest.fixture
def few_misses(monkeypatch):
    """A person may miss three times; nobody is remembered from or for another test."""
    monkeypatch.setattr(guessing, "MISSES", 3)
    guessing._until.clear()
    yield
    guessing._until.clear()


async def test_a_walk_through_ids_ends_the_socket(world, few_misses, caplog):
    """S-52: conversations that are not there or not theirs; then their own is not opened either, on no socket."""
    ben = await arrive(world, "Ben")
    for _ in range(4):
        wanted = str(uuid.uuid4())
        ben.say(k="open", c=wanted)
        await ben.until("refused", c=wanted)
    ben.say(k="open", c=str(world["conversation"].public_id))
    assert await ben.closed() == 4429
    again = await arrive(world, "Ben")
    again.say(k="open", c=str(world["conversation"].public_id))
    assert await again.closed() == 4429
    assert caplog.text.count("walk through ids") == 1
    cem = await arrive(world, "Cem")
    await open_thread(cem, world["conversation"])
