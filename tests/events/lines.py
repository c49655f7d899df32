"""Sockets that join what they are told to, and frames sent to them as a committed unit would."""

from __future__ import annotations

import asyncio

import orjson

from events import consumers, publish, valkey
from tests.events.conftest import Browser


class Line(consumers.Socket):
    """A socket that joins what it is told to: {"k":"join","g":…}, {"k":"leave","g":…}; the rest is kept."""

    rendered = False
    groups_at_start: tuple[str, ...] = ()

    async def welcome(self) -> None:
        self.heard: list[tuple[str, dict]] = []
        self.looked_again = 0
        self.said_goodbye = 0
        await self.accept()
        for group in self.groups_at_start:
            await self.hub.join(self, group)
        self.tell("hello")

    async def frame(self, kind: str, data: dict) -> None:
        if kind == "join":
            await self.hub.join(self, data["g"])
        elif kind == "leave":
            await self.hub.leave(self, data["g"])
        else:
            self.heard.append((kind, data))
            return
        self.tell("done", d={"g": data["g"]})

    async def recheck(self) -> None:
        self.looked_again += 1

    async def goodbye(self) -> None:
        self.said_goodbye += 1


def listening(*groups: str, **fields: object) -> type[Line]:
    """A kind of Line that joins these groups at once."""
    return type("Listening", (Line,), {"groups_at_start": groups, **fields})


async def send(group: str, kind: str = "row", **data: object) -> None:
    """Publish a frame as a committed unit would."""
    payload = orjson.dumps({"g": group, "v": 1, "k": kind, "d": data})
    await asyncio.to_thread(publish._send, [(group, payload)])


async def ready(*browsers: Browser) -> None:
    """All are connected, and Valkey has confirmed their subscriptions: a frame sent now arrives."""
    for browser in browsers:
        await browser.gets("hello")
    groups = {group for browser in browsers for group in browser.socket.groups}
    names = [valkey.key("g", group) for group in groups]
    await subscribers(names, all)


async def subscribers(names: list[str], enough) -> None:
    """Wait until Valkey's numbers of subscribers of these channels are as they should be; it tells no events of that."""
    for _ in range(500):
        counts = await asyncio.to_thread(valkey.client().pubsub_numsub, *names)
        if enough([count for _, count in counts]):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
