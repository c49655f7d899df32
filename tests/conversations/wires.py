"""The browser's side of an agent's socket, and what happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import uuid

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from conversations.actions import ringing
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.consumers import AgentConsumer
from events import hub
from tests.cast import make_cast, make_visitor, write

PATIENCE_S = 8


class Wire:
    """The browser's side of one socket."""

    def __init__(self, session_key: str | None, origin: str | None = settings.BASE_URL) -> None:
        headers = [(b"origin", origin.encode())] if origin is not None else []
        if session_key:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode()))
        self._up: asyncio.Queue = asyncio.Queue()
        self._down: asyncio.Queue = asyncio.Queue()
        self.accepted = False
        self.heard: list[dict] = []
        self.code: int | None = None
        self._up.put_nowait({"type": "websocket.connect"})
        application = AgentConsumer.as_asgi()
        self.task = asyncio.ensure_future(
            application({"type": "websocket", "headers": headers}, self._up.get, self._down.put)
        )

    def say(self, **frame) -> None:
        self._up.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    def say_raw(self, text: str) -> None:
        self._up.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self._up.put_nowait({"type": "websocket.disconnect"})

    async def _event(self) -> dict | None:
        event = await asyncio.wait_for(self._down.get(), PATIENCE_S)
        if event["type"] == "websocket.accept":
            self.accepted = True
        elif event["type"] == "websocket.close":
            self.code = event["code"]
        else:
            self.heard.append(json.loads(event["text"]))
            return self.heard[-1]
        return None

    async def until(self, kind: str, **wanted) -> dict:
        """The next frame of this kind."""
        while True:
            frame = await self._event()
            if frame and frame["k"] == kind and all(frame.get(key) == value for key, value in wanted.items()):
                return frame

    async def closed(self) -> int:
        """The close code."""
        while self.code is None:
            await self._event()
        return self.code


async def do(function, *arguments, **fields):
    """Database work of a test: in a thread, leaving no connection behind."""

    def call():
        try:
            return function(*arguments, **fields)
        finally:
            connections.close_all()

    return await sync_to_async(call)()


def prepare() -> dict:
    cast = make_cast()
    conversation = write(make_visitor(cast.nordlicht), cast.support, now=timezone.now())
    ringing.accept(conversation, user=cast.ben, now=timezone.now())
    sessions = {}
    for user in (cast.anna, cast.ben, cast.cem, cast.udo):
        browser = Client()
        browser.force_login(user)
        sessions[user.first_name] = browser.session.session_key
    return {"cast": cast, "conversation": conversation, "sessions": sessions}


async def say(conversation, visitor, body):
    return await do(
        post_message,
        conversation,
        author=Author.of_visitor(visitor),
        body=body,
        client_id=uuid.uuid4(),
        via="widget",
        now=timezone.now(),
    )


async def settled(process: hub.Hub, *names: str) -> None:
    """The hub's subscription covers these groups."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    while asyncio.get_running_loop().time() < until:
        if process._pubsub is not None and {process._prefix + n for n in names} <= {
            key.decode() for key in process._pubsub.channels
        }:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not subscribed")


async def arrive(world, name: str) -> Wire:
    wire = Wire(world["sessions"][name])
    hello = await wire.until("hello")
    await settled(hub.get(), *hello["s"])
    return wire


async def open_thread(wire: Wire, conversation) -> dict:
    wire.say(k="open", c=str(conversation.public_id))
    opened = await wire.until("opened")
    await settled(hub.get(), *opened["s"])
    return opened
