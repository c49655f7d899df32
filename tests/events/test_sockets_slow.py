"""Sockets whose reader is slow, jammed or gone: closed or waited for, and nobody else notices (R-13)."""

from __future__ import annotations

import pytest

from events import consumers
from tests.events.conftest import Browser
from tests.events.lines import listening, ready, send


async def test_who_does_not_read_is_closed(hub, monkeypatch):
    """R-13: not acknowledged beyond the limit → 4429, and the others do not notice."""
    monkeypatch.setattr(consumers, "MAX_UNACKNOWLEDGED_FRAMES", 10)
    async with Browser(listening("a")) as slow, Browser(listening("a")) as good:
        await ready(slow, good)
        for number in range(1, 31):
            await send("a", n=number)
            await good.gets("row", n=number)
            good.say(k="ack", n=len(good.frames) - number + 1 if number == 1 else 1)
            await good.until(lambda b: b.socket._unacknowledged_frames <= 2)
        await slow.until(lambda b: b.closed_with)
        assert slow.closed_with == consumers.TOO_MUCH
        assert good.closed_with is None
        assert len([f for f in slow.frames if f["k"] == "row"]) <= 10


async def test_bytes_count_too(hub, monkeypatch):
    """A few big frames are as much as many small ones."""
    monkeypatch.setattr(consumers, "MAX_UNACKNOWLEDGED_BYTES", 2000)
    async with Browser(listening("a")) as slow:
        await ready(slow)
        for number in range(4):
            await send("a", n=number, text="x" * 700)
        await slow.until(lambda b: b.closed_with)
        assert slow.closed_with == consumers.TOO_MUCH


@pytest.mark.parametrize("count", [0, -5, 10_000, "7", None, 2.5, [1], True])
async def test_acknowledging_what_was_not_sent_gains_nothing(hub, count):
    """Hostile numbers are ignored; True is one."""
    async with Browser(listening("a")) as one:
        await ready(one)
        for number in range(3):
            await send("a", n=number)
        await one.gets("row", n=2)
        before = one.socket._unacknowledged_frames
        one.say(k="ack", n=count)
        one.say(k="anything")
        await one.until(lambda b: b.socket.heard)
        assert one.socket._unacknowledged_frames == before - (1 if count is True else 0)
        assert one.closed_with is None


async def test_a_line_that_takes_nothing_does_not_hold_up_the_others(hub):
    """Its send waits in a task of its own; what follows keeps its order and arrives when the line is free."""
    async with Browser(listening("a")) as jammed, Browser(listening("a")) as good:
        await ready(jammed, good)
        jammed.jam()
        for number in range(20):
            await send("a", n=number)
        await good.gets("row", n=19)
        assert not [f for f in jammed.frames if f["k"] == "row"]
        jammed.free()
        await jammed.gets("row", n=19)
        assert [f["d"]["n"] for f in jammed.frames if f["k"] == "row"] == list(range(20))
        await send("a", n=20)
        await jammed.gets("row", n=20)


async def test_a_line_that_broke_is_left_alone(hub):
    """The transport raises: no frame more, nobody else is touched."""
    async with Browser(listening("a")) as broken, Browser(listening("a")) as good:
        await ready(broken, good)

        async def fail(message: dict) -> None:
            raise ConnectionResetError

        broken.socket._send = fail
        await send("a", n=1)
        await send("a", n=2)
        await good.gets("row", n=2)
        assert not [f for f in broken.frames if f["k"] == "row"]
