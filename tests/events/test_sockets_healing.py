"""Hub and sockets after a loss: beats name the versions, and a line that died comes back (R-04, R-05)."""

from __future__ import annotations

import asyncio

import pytest
import redis

from events import hub as hubs
from events import valkey
from events.models import Stream
from tests.events.conftest import Browser
from tests.events.lines import listening, ready, send

reads_versions = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fast_beats(monkeypatch):
    """Twenty beats a second; to be asked for before the hub starts."""
    monkeypatch.setattr(hubs, "BEAT_S", 0.05)


@reads_versions
async def test_beats_name_the_versions(fast_beats, hub):
    """Of every group of the socket, also of those that never had a frame; a reader sees what it missed."""
    await Stream.objects.acreate(name="a", version=7)
    async with Browser(listening("a", "b", busy=True)) as one:
        await ready(one)
        one.socket.busy = True
        beat = await one.gets("beat")
        assert beat["s"] == {"a": 7, "b": 0}
        await Stream.objects.filter(name="a").aupdate(version=8)
        await one.until(lambda b: any(f["k"] == "beat" and f["s"]["a"] == 8 for f in b.frames))


@reads_versions
async def test_who_has_no_thread_open_is_asked_less_often(fast_beats, hub):
    """Idle tabs get every fourth beat."""
    async with Browser(listening("a")) as busy, Browser(listening("a")) as idle:
        await ready(busy, idle)
        busy.socket.busy = True
        await idle.until(lambda b: len([f for f in b.frames if f["k"] == "beat"]) >= 2)
        beats = [len([f for f in browser.frames if f["k"] == "beat"]) for browser in (busy, idle)]
        assert abs(beats[0] - hubs.IDLE_BEAT_EVERY * beats[1]) <= hubs.IDLE_BEAT_EVERY


@reads_versions
async def test_without_the_database_the_beat_goes_on(fast_beats, hub, monkeypatch):
    """It says that the line lives, without numbers; afterwards with them again."""
    alive = hubs._versions
    monkeypatch.setattr(hubs, "_versions", lambda groups: 1 / 0)
    async with Browser(listening("a")) as one:
        await ready(one)
        one.socket.busy = True
        assert (await one.gets("beat"))["s"] == {}
        monkeypatch.setattr(hubs, "_versions", alive)
        await one.until(lambda b: any(f["k"] == "beat" and f["s"] == {"a": 0} for f in b.frames))


@reads_versions
async def test_a_killed_subscription_comes_back_and_says_what_was_missed(hub):
    """R-04: the connection dies, frames are lost; it subscribes anew and tells the versions at once, not at a beat."""
    await Stream.objects.acreate(name="a", version=3)
    async with Browser(listening("a")) as one:
        await ready(one)
        host, port = hub._pubsub.connection._writer.get_extra_info("sockname")[:2]
        await asyncio.to_thread(valkey.client().execute_command, "CLIENT", "KILL", "ADDR", f"{host}:{port}")
        beat = await one.gets("beat")
        assert beat["s"] == {"a": 3}
        await send("a", n=2)
        await one.gets("row", n=2)


async def test_groups_joined_while_the_line_is_down_are_heard_afterwards(hub, monkeypatch):
    """Joining never fails because of Valkey."""
    async with Browser(listening("a")) as one:
        await ready(one)

        async def broken(*names: str) -> None:
            raise redis.ConnectionError

        monkeypatch.setattr(hub._pubsub, "subscribe", broken)
        one.say(k="join", g="b")
        await one.gets("done", g="b")
        await send("a", n=0)  # wakes the listener, which sees that its line is given up
        await ready(one)
        await send("b", n=2)
        await one.gets("row", n=2)
