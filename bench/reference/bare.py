"""The least that a chat server can do, without a framework: one INSERT, one publish, one send to each socket.

`/ws?conv=&user=` is the websocket, `POST /send` sends. BENCH_DB=none stores nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from urllib.parse import parse_qsl

from psycopg_pool import AsyncConnectionPool
from redis import asyncio as redis

_INSERT = "INSERT INTO bench_message (conversation_id, author_id, body) VALUES (%s, %s, %s) RETURNING id"


class App:
    """One process: a pool of connections, one subscription, the sockets of each conversation."""

    def __init__(self) -> None:
        self.members: dict[str, set] = {}
        self.numbers = itertools.count(1)
        self.pool: AsyncConnectionPool | None = None

    async def start(self) -> None:
        if os.environ.get("BENCH_DB") != "none":
            self.pool = AsyncConnectionPool(os.environ["BENCH_PG"], min_size=8, max_size=8, open=False)
            await self.pool.open(wait=True)
        self.valkey = redis.Redis(unix_socket_path=os.environ["BENCH_VALKEY"], socket_timeout=None)
        self.pubsub = self.valkey.pubsub(ignore_subscribe_messages=True)
        await self.pubsub.psubscribe("c.*")
        self.listener = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        async for message in self.pubsub.listen():
            if message["type"] == "pmessage":
                event = {"type": "websocket.send", "text": message["data"].decode()}
                for send in list(self.members.get(message["channel"].decode(), ())):
                    await send(event)

    async def say(self, conversation: int, user: int, body: str) -> int:
        if self.pool is None:
            number = next(self.numbers)
        else:
            async with self.pool.connection() as connection:
                cursor = await connection.execute(_INSERT, (conversation, user, body))
                number = (await cursor.fetchone())[0]
        text = json.dumps({"id": number, "conv": conversation, "user": user, "body": body}, ensure_ascii=False)
        await self.valkey.publish(f"c.{conversation}", text)
        return number

    async def __call__(self, scope, receive, send) -> None:
        await getattr(self, scope["type"])(scope, receive, send)

    async def lifespan(self, scope, receive, send) -> None:
        await receive()
        await self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def websocket(self, scope, receive, send) -> None:
        await receive()
        group = f"c.{dict(parse_qsl(scope['query_string'].decode()))['conv']}"
        await send({"type": "websocket.accept"})
        self.members.setdefault(group, set()).add(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                continue
        finally:
            self.members[group].discard(send)

    async def http(self, scope, receive, send) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        content = json.loads(body)
        answer = b'{"id":%d}' % await self.say(content["conv"], content["user"], content["body"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


app = App()
