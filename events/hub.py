"""Delivery: one Valkey subscription per process, the local sockets of each group, one plain send each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol

import orjson
import redis
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import translation
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from events import valkey
from events.models import Stream
from events.registry import RENDERERS

log = structlog.get_logger(__name__)
BEAT_S = 2.0
IDLE_BEAT_EVERY = 4
RECHECK_S = 8.0
_AGAIN_S = 0.2


class LocalSocket(Protocol):
    """What the hub needs of a socket of this process."""

    language: str
    rendered: bool
    groups: set[str]
    busy: bool

    def deliver(self, text: str) -> None: ...
    def kick(self, group: str) -> None: ...


class Hub:
    """The process's delivery. Everything runs on the event loop that first used it; see get()."""

    def __init__(self) -> None:
        self.sockets: set[LocalSocket] = set()
        self.rechecks: list[Callable] = []
        self._members: dict[str, set[LocalSocket]] = {}
        self._prefix = valkey.key("g", "")
        self._pubsub: aioredis.client.PubSub | None = None
        self._wanted = asyncio.Event()
        self._was_subscribed = False
        self._tasks: set[asyncio.Task] = set()
        for job in (self._listen, self._beat, self._recheck):
            self.spawn(job())

    def spawn(self, work: Coroutine) -> None:
        """Run `work` beside the others; the hub keeps the reference, or the loop might drop it half done."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- membership ----------------------------------------------------------------------------------
    async def join(self, socket: LocalSocket, group: str) -> None:
        """Have `socket` receive the frames of `group` (the caller has checked the right)."""
        socket.groups.add(group)
        members = self._members.get(group)
        if members is not None:
            members.add(socket)
            return
        self._members[group] = {socket}
        self._wanted.set()
        if self._pubsub is not None:
            try:
                await self._pubsub.subscribe(self._prefix + group)
            except (redis.RedisError, OSError):
                self._pubsub = None

    async def leave(self, socket: LocalSocket, group: str) -> None:
        """Stop delivering `group` to `socket`; the subscription ends with its last socket."""
        socket.groups.discard(group)
        members = self._members.get(group)
        if members is None:
            return
        members.discard(socket)
        if members:
            return
        del self._members[group]
        if self._pubsub is not None:
            try:
                await self._pubsub.unsubscribe(self._prefix + group)
            except (redis.RedisError, OSError):
                self._pubsub = None

    async def forget(self, socket: LocalSocket) -> None:
        """Remove a closed socket from everything."""
        self.sockets.discard(socket)
        for group in list(socket.groups):
            await self.leave(socket, group)

    # --- frames ----------------------------------------------------------------------------------------
    async def _listen(self) -> None:
        await self._wanted.wait()
        while True:
            # No retries of its own: a lost connection must come out here, or frames would be missed in silence.
            client = aioredis.Redis.from_url(
                settings.VALKEY_URL, socket_timeout=None, health_check_interval=10, retry=Retry(NoBackoff(), 0)
            )
            try:
                await self._subscribed(client.pubsub(ignore_subscribe_messages=True))
            except (redis.RedisError, OSError) as error:
                log.warning("subscription lost, trying again", error=type(error).__name__)
            except Exception:
                log.exception("subscription failed, trying again")
            finally:
                self._pubsub = None
                await client.aclose()
            await asyncio.sleep(_AGAIN_S)

    async def _subscribed(self, pubsub: aioredis.client.PubSub) -> None:
        names = [self._prefix + group for group in self._members] or [self._prefix + "nobody"]
        await pubsub.subscribe(*names)
        self._pubsub = pubsub
        # Groups joined between the two lines above.
        await pubsub.subscribe(*([self._prefix + group for group in self._members] or names))
        if self._was_subscribed:
            # What was published meanwhile is gone: everybody hears the versions now, not at the next beat.
            self.spawn(self._tell_versions(list(self.sockets)))
        self._was_subscribed = True
        while self._pubsub is pubsub:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5.0)
            if message is not None:
                self._arrived(message["channel"].decode()[len(self._prefix) :], message["data"])

    def _arrived(self, group: str, payload: bytes) -> None:
        members = self._members.get(group)
        if not members:
            return
        try:
            self._hand_out(list(members), payload)
        except Exception:
            # One frame that cannot be shown must not end the delivery of all others; the gap makes clients fetch.
            log.exception("frame not delivered", group=group)
        if b'"k":"rights"' in payload:
            for socket in list(members):
                socket.kick(group)

    def _hand_out(self, members: list[LocalSocket], payload: bytes) -> None:
        texts: dict[str, str] = {}
        frame: dict | None = None
        for socket in members:
            if not socket.rendered:
                text = texts.get("")
                if text is None:
                    text = texts[""] = payload.decode()
            else:
                text = texts.get(socket.language)
                if text is None:
                    frame = frame or orjson.loads(payload)
                    text = texts[socket.language] = render(frame, socket.language)
            socket.deliver(text)

    # --- healing ---------------------------------------------------------------------------------------
    async def _beat(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(BEAT_S)
            turn += 1
            idle_turn = turn % IDLE_BEAT_EVERY == 0
            listeners = [s for s in self.sockets if idle_turn or s.busy]
            if listeners:
                await self._tell_versions(listeners)

    async def _tell_versions(self, listeners: list[LocalSocket]) -> None:
        try:
            versions = await sync_to_async(_versions, thread_sensitive=False)(
                list({group for socket in listeners for group in socket.groups})
            )
        except Exception:
            # A beat without numbers still says that the connection lives.
            log.exception("versions not known")
            versions = {}
        for socket in listeners:
            known = {group: versions.get(group, 0) for group in socket.groups} if versions else {}
            socket.deliver(orjson.dumps({"k": "beat", "s": known}).decode())

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            for check in self.rechecks:
                try:
                    await check(self)
                except Exception:
                    log.exception("rights not rechecked")


def render(frame: dict, language: str) -> str:
    """The text an agent's socket gets: the frame's data as HTML in its language, when the kind has a renderer."""
    renderer = RENDERERS.get(frame["k"])
    if renderer is None:
        return orjson.dumps(frame).decode()
    with translation.override(language):
        html = renderer(frame["d"])
    shown = {"g": frame["g"], "v": frame.get("v"), "k": frame["k"], "html": html, "d": _brief(frame["d"])}
    return orjson.dumps(shown).decode()


def _brief(data: dict) -> dict:
    return {key: data[key] for key in ("c", "seq", "id", "author", "inbox", "offer") if key in data}


def _versions(groups: list[str]) -> dict[str, int]:
    try:
        found = dict(Stream.objects.filter(name__in=groups).values_list("name", "version"))
        return {group: found.get(group, 0) for group in groups}
    finally:
        close_old_connections()


_hubs: dict[int, Hub] = {}


def get() -> Hub:
    """The hub of the running event loop (one per process in production; tests have a loop each)."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(id(loop))
    if hub is None:
        _hubs.clear()
        hub = _hubs[id(loop)] = Hub()
    return hub
