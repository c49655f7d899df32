"""What comes up a socket: no frames, unknown kinds and too many of them are refused or ignored."""

from __future__ import annotations

import pytest

from events import consumers
from tests.events.conftest import Browser
from tests.events.lines import listening


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"k"',
        "{}",
        '["k"]',
        "[" * 5000,
        b"\x00\xff",
        '{"k":"x","pad":"' + "x" * 16_400 + '"}',
    ],
)
async def test_what_is_no_frame_closes_the_socket(hub, text):
    """Bad JSON, no kind, bytes, too long: 4429."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        one.say(text)
        await one.until(lambda b: b.closed_with)
        assert one.closed_with == consumers.TOO_MUCH
        assert one.socket.heard == []


@pytest.mark.parametrize("kind", [None, 7, ["k"], {"k": 1}])
async def test_a_kind_that_is_no_word_is_ignored(hub, kind):
    """And so is a kind that nobody knows."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        one.say(k=kind)
        one.say(k="anything", n=1)
        await one.until(lambda b: b.socket.heard)
        assert one.socket.heard == [("anything", {"k": "anything", "n": 1})]


async def test_too_many_frames_close_the_socket(hub):
    """A hundred in ten seconds are fine, one more is not."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        for number in range(100):
            one.say(k="typing", n=number)
        await one.until(lambda b: len(b.socket.heard) == 100)
        assert one.closed_with is None
        one.say(k="typing", n=100)
        await one.until(lambda b: b.closed_with)
        assert one.closed_with == consumers.TOO_MUCH
        assert len(one.socket.heard) == 100
