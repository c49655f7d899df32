"""Senders and receivers as the browser is one: client ids, retries, a cursor per conversation, reconnecting for ever."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets
from websockets.exceptions import InvalidStatus, WebSocketException

TROUBLE = (OSError, TimeoutError, asyncio.IncompleteReadError, WebSocketException, InvalidStatus, EOFError)


@dataclass
class Ledger:
    """Kept outside the system: what was meant, what was acknowledged, who saw what in which order."""

    meant: dict[str, set[str]] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    seen: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    latest_delivery: float = 0.0


async def request(base: str, method: str, path: str, cookie: str, body: bytes = b"", *, cut: bool = False):
    """One HTTP request on a connection of its own; (status, body). `cut` closes before the answer is read."""
    parts = urlsplit(base)
    reader, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port), 3)
    try:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {base}\r\nCookie: {cookie}\r\n"
            f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        if cut:
            await asyncio.sleep(0.005)
            raise ConnectionResetError
        answer = await asyncio.wait_for(reader.read(), 5)
        if b"\r\n\r\n" not in answer:
            raise EOFError
        top, _, rest = answer.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in top.lower():
            rest = _unchunk(rest)
        return int(top.split()[1]), rest
    finally:
        writer.close()


def _unchunk(data: bytes) -> bytes:
    whole = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        whole, data = whole + data[:length], data[length + 2 :]
    return whole


class Sender:
    """Writes at a pace; a message without an answer is sent again with the same id until it has one (R-10)."""

    def __init__(self, base: str, agent: dict, conversation: str, ledger: Ledger, chance: random.Random) -> None:
        self.base, self.cookie, self.conversation, self.ledger, self.chance = (
            base, agent["cookie"], conversation, ledger, chance,
        )  # fmt: skip

    async def run(self, every_s: float, until: float) -> None:
        """Send until the clock (time.monotonic) says stop; what was begun is finished."""
        while time.monotonic() < until:
            begin = time.monotonic()
            await self.send()
            await asyncio.sleep(max(0.0, every_s - (time.monotonic() - begin)))

    async def send(self) -> None:
        """One message, to its acknowledgement: 2 % of answers are cut, 5 % of requests are doubled."""
        client_id = str(uuid.uuid4())
        body = json.dumps({"body": f"line {client_id}", "client_id": client_id}).encode()
        self.ledger.meant.setdefault(self.conversation, set()).add(client_id)
        path = f"/conversations/{self.conversation}/messages/"
        give_up = time.monotonic() + 60
        wait = 0.1
        while time.monotonic() < give_up:
            with contextlib.suppress(*TROUBLE):
                cut = self.chance.random() < 0.02
                status, _ = await request(self.base, "POST", path, self.cookie, body, cut=cut)
                if status in {200, 201}:
                    break
                assert status >= 429, f"refused with {status}"
            await asyncio.sleep(wait * self.chance.random())
            wait = min(1.0, wait * 2)
        else:
            raise AssertionError("a message found no answer for 60 s")
        self.ledger.acknowledged.setdefault(self.conversation, set()).add(client_id)
        if self.chance.random() < 0.05:
            with contextlib.suppress(*TROUBLE):
                await request(self.base, "POST", path, self.cookie, body)


class Receiver:
    """A tab with one thread open: shows what follows its cursor, fetches after every gap, never reloads."""

    def __init__(self, base: str, number: int, agent: dict, conversation: str, ledger: Ledger) -> None:
        self.base, self.cookie, self.conversation = base, agent["cookie"], conversation
        self.seen = ledger.seen.setdefault((number, conversation), [])
        self.ledger = ledger
        self.cursor = 0
        self.version = -1
        self.stop = False

    async def run(self) -> None:
        """Connect for ever, until told to stop."""
        while not self.stop:
            with contextlib.suppress(*TROUBLE):
                await self._connected()
            await asyncio.sleep(0.1 + random.random() * 0.4)

    async def _connected(self) -> None:
        url = self.base.replace("http", "ws", 1) + "/ws/agent/"
        headers = {"Cookie": self.cookie}
        async with websockets.connect(
            url, additional_headers=headers, origin=self.base, compression=None, open_timeout=3, ping_interval=None
        ) as socket:
            await socket.send(json.dumps({"k": "open", "c": self.conversation}))
            self.version = -1
            await self.catch_up()
            got = 0
            while not self.stop:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 8))
                got += 1
                if got >= 16:
                    await socket.send(json.dumps({"k": "ack", "n": got}))
                    got = 0
                await self._take(frame)

    async def _take(self, frame: dict) -> None:
        group = f"conversation.{self.conversation}.team"
        if frame["k"] == "beat":
            version = frame["s"].get(group)
            if version is not None and version != self.version:
                self.version = version
                await self.catch_up()
        elif frame.get("g") == group and frame.get("v") is not None:
            gap = frame["v"] != self.version + 1
            self.version = frame["v"]
            if frame["k"] == "message" and frame["d"]["seq"] == self.cursor + 1:
                self._show(frame["d"]["seq"], frame["d"]["id"])
            elif gap or frame["k"] == "message":
                await self.catch_up()

    async def catch_up(self) -> None:
        """messages/?after=<cursor> through the same selector as the page, until nothing more follows."""
        while True:
            path = f"/conversations/{self.conversation}/messages/?after={self.cursor}"
            status, body = await request(self.base, "GET", path, self.cookie)
            if status != 200:
                raise EOFError
            answer = json.loads(body)
            for message in answer["messages"]:
                if message["seq"] > self.cursor:
                    self._show(message["seq"], message["id"])
            if not answer["more"]:
                return

    def _show(self, seq: int, client_id: str) -> None:
        self.cursor = seq
        self.seen.append(client_id)
        self.ledger.latest_delivery = time.monotonic()
