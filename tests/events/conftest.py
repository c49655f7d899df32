"""A websocket without a network, a hub that ends with its test, and a Valkey that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self

import orjson
import pytest
import redis

from events import hub as hubs
from events import valkey
from events.consumers import Socket


class Browser:
    """The other end of a Socket: what it was sent is in `frames`; with `jammed` set, its line takes nothing."""

    def __init__(self, socket_class: type[Socket], headers: list[tuple[bytes, bytes]] = ()) -> None:
        self._up: asyncio.Queue[dict] = asyncio.Queue()
        self._news = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self.sent: list[dict] = []
        self.socket = socket_class({"type": "websocket", "headers": list(headers)}, self._up.get, self._send)

    async def _send(self, message: dict) -> None:
        await self._free.wait()
        self.sent.append(message)
        self._news.set()

    def jam(self) -> None:
        """From now on nothing arrives until free()."""
        self._free.clear()

    def free(self) -> None:
        """What was held up arrives."""
        self._free.set()

    async def __aenter__(self) -> Self:
        self._up.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(self.socket.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.free()
        self._up.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), 5)

    def say(self, text: str | bytes | None = None, **frame: object) -> None:
        """Send a frame up."""
        if isinstance(text, bytes):
            self._up.put_nowait({"type": "websocket.receive", "bytes": text})
        else:
            self._up.put_nowait(
                {"type": "websocket.receive", "text": text if text is not None else orjson.dumps(frame).decode()}
            )

    @property
    def frames(self) -> list[dict]:
        return [orjson.loads(m["text"]) for m in self.sent if m["type"] == "websocket.send"]

    @property
    def closed_with(self) -> int | None:
        codes = [m["code"] for m in self.sent if m["type"] == "websocket.close"]
        assert len(codes) <= 1, "closed twice"
        return codes[0] if codes else None

    async def until(self, condition, seconds: float = 5.0):
        """Wait until `condition(self)` is true; returns it."""
        async with asyncio.timeout(seconds):
            while not (found := condition(self)):
                self._news.clear()
                if found := condition(self):
                    break
                waiting = asyncio.ensure_future(self._news.wait())
                await asyncio.wait([waiting], timeout=0.05)
                waiting.cancel()
            return found

    async def gets(self, kind: str, **data: object) -> dict:
        """The first frame of this kind with these fields in its data."""

        def found(browser: Browser) -> dict | None:
            for frame in browser.frames:
                if frame["k"] == kind and all(frame.get("d", {}).get(key) == value for key, value in data.items()):
                    return frame
            return None

        return await self.until(found)


@pytest.fixture
async def hub() -> AsyncIterator[hubs.Hub]:
    """The hub of this test's event loop."""
    client = valkey.client()
    found = hubs.get()
    yield found
    tasks = list(found._tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    hubs._hubs.clear()
    # Valkey notices the closed line a moment later; the next test would take this subscription for its own.
    for _ in range(500):
        if not await asyncio.to_thread(client.pubsub_channels, valkey.key("g", "*")):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def no_valkey(monkeypatch):
    """Nobody listens there."""
    dead = redis.Redis(host="127.0.0.1", port=1, **valkey.impatient())
    monkeypatch.setattr(valkey, "client", lambda: dead)
