"""Socket: the base of both websockets. A plain ASGI application: no thread hop and no query per event."""

from __future__ import annotations

import time
import types
from collections import deque
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import orjson
import structlog
from django.conf import settings
from django.http import parse_cookie

from events import hub as hubs

log = structlog.get_logger(__name__)

LOGIN_AGAIN, NO_ACCESS, RESTARTING, TOO_MUCH = 4401, 4403, 4412, 4429
MAX_FRAME_BYTES = 16 * 1024
MAX_UNACKNOWLEDGED_BYTES = 512 * 1024
MAX_UNACKNOWLEDGED_FRAMES = 1000
_FRAMES_PER_10_S = 100


class Refused(Exception):
    """The handshake or a frame is refused; carries the close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Socket:
    """One websocket. Subclasses: `welcome()` authenticates and joins groups, `frame(kind, data)` handles what comes up.

    Frames up are JSON objects with "k"; `{"k":"ack","n":…}` says how many frames arrived, so that what a reader has
    not taken stays bounded (the server buffers without limit otherwise, R-13).
    """

    rendered = True

    def __init__(self, scope: dict, receive: Callable[[], Awaitable[dict]], send: Callable[[dict], Awaitable[None]]):
        self.scope = scope
        self._receive, self._send = receive, send
        self.groups: set[str] = set()
        self.language = "en"
        self.busy = False
        self.hub: hubs.Hub
        self._unacknowledged_bytes = self._unacknowledged_frames = 0
        self._outbox: deque[str] | None = None
        self._closing: int | None = None
        self._accepted = self._said_close = False
        self._window_start, self._window_count = time.monotonic(), 0

    @classmethod
    def as_asgi(cls) -> Callable:
        """The ASGI application for routing."""

        async def application(scope: dict, receive: Callable, send: Callable) -> None:
            await cls(scope, receive, send).run()

        return application

    # --- life ------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Handshake, frames until the end, clean-up."""
        if (await self._receive())["type"] != "websocket.connect":
            return
        self.hub = hubs.get()
        welcomed = False
        try:
            await self.welcome()
            welcomed = True
            await self._loop()
        except Refused as refusal:
            await self._refuse(refusal.code)
        finally:
            await self.hub.forget(self)
            if welcomed:
                await self.goodbye()

    async def _refuse(self, code: int) -> None:
        # Browsers read a close code only from an accepted socket; a wrong origin gets a plain 403.
        if code == LOGIN_AGAIN and not self._accepted:
            await self._send({"type": "websocket.accept"})
        await self._close_once(code)

    async def accept(self) -> None:
        """Accept the handshake and count the socket; call it in welcome() once the person is known."""
        await self._send({"type": "websocket.accept"})
        self._accepted = True
        self.hub.sockets.add(self)

    async def _loop(self) -> None:
        while self._closing is None:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                await self._handle(event.get("text") or "")
            except Refused as refusal:
                await self.close(refusal.code)
        await self._close_once(self._closing)

    async def _handle(self, text: str) -> None:
        if len(text) > MAX_FRAME_BYTES or not self._within_rate():
            raise Refused(TOO_MUCH)
        try:
            data = orjson.loads(text)
            kind = data["k"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Refused(TOO_MUCH) from None
        if kind == "ack":
            self._acknowledge(data.get("n"))
        elif isinstance(kind, str):
            await self.frame(kind, data)

    def _within_rate(self) -> bool:
        now = time.monotonic()
        if now - self._window_start > 10:
            self._window_start, self._window_count = now, 0
        self._window_count += 1
        return self._window_count <= _FRAMES_PER_10_S

    # --- down ------------------------------------------------------------------------------------------
    def deliver(self, text: str) -> None:
        """Send one frame without waiting; a reader too far behind is closed and catches up when it returns."""
        if self._closing is not None:
            return
        self._unacknowledged_bytes += len(text)
        self._unacknowledged_frames += 1
        if (
            self._unacknowledged_bytes > MAX_UNACKNOWLEDGED_BYTES
            or self._unacknowledged_frames > MAX_UNACKNOWLEDGED_FRAMES
        ):
            self.hub.spawn(self.close(TOO_MUCH))
            return
        if self._outbox is not None:
            self._outbox.append(text)
            return
        sending = self._send({"type": "websocket.send", "text": text})
        try:
            blocked_by = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 (whatever the server raises for a socket that is gone)
            self._closing = RESTARTING
            return
        # The transport is full: the rest of this send and what follows wait in a task of their own.
        self._outbox = deque()
        self.hub.spawn(self._drain(sending, blocked_by))

    async def _drain(self, sending, blocked_by) -> None:
        try:
            await _resume(sending, blocked_by)
            while self._outbox:
                await self._send({"type": "websocket.send", "text": self._outbox.popleft()})
        except Exception:  # noqa: BLE001 (as in deliver)
            self._closing = RESTARTING
        finally:
            self._outbox = None

    def tell(self, kind: str, **data: object) -> None:
        """Send an uncounted frame to this socket alone."""
        self.deliver(orjson.dumps({"k": kind, **data}, default=str).decode())

    def _acknowledge(self, count: object) -> None:
        if not isinstance(count, int) or not 0 < count <= self._unacknowledged_frames:
            return
        left = self._unacknowledged_frames - count
        self._unacknowledged_bytes = self._unacknowledged_bytes * left // self._unacknowledged_frames
        self._unacknowledged_frames = left

    async def close(self, code: int) -> None:
        """Close from our side; the client reads the code and acts on it."""
        if self._closing is None:
            self._closing = code
            await self._close_once(code)

    async def _close_once(self, code: int) -> None:
        if self._said_close:
            return
        self._said_close = True
        try:
            await self._send({"type": "websocket.close", "code": code})
        except Exception as error:  # noqa: BLE001 (as in deliver)
            log.debug("socket was gone already", error=type(error).__name__)

    def kick(self, group: str) -> None:
        """A `rights` frame arrived for this group: look again at once."""
        self.hub.spawn(self.recheck())

    # --- for subclasses --------------------------------------------------------------------------------
    async def welcome(self) -> None:
        """Authenticate, join groups, accept(); raise Refused."""
        raise Refused(NO_ACCESS)

    async def frame(self, kind: str, data: dict) -> None:
        """Handle a frame that came up; unknown kinds are ignored."""

    async def goodbye(self) -> None:
        """Called once after the socket has left every group."""

    async def recheck(self) -> None:
        """Look at the person's rights again; leave groups or close."""

    # --- handshake facts -------------------------------------------------------------------------------
    def header(self, name: bytes) -> str:
        """A request header as text, empty when absent."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    def cookies(self) -> dict[str, str]:
        """The request's cookies."""
        return parse_cookie(self.header(b"cookie"))

    def require_own_origin(self) -> None:
        """Refuse every Origin but our own address, letter for letter (S-14)."""
        own = urlsplit(settings.BASE_URL)
        if self.header(b"origin") != f"{own.scheme}://{own.netloc}":
            raise Refused(NO_ACCESS)


@types.coroutine
def _resume(sending, blocked_by):
    """Go on with a coroutine that was already stepped once and waits for `blocked_by`."""
    while True:
        yield blocked_by
        try:
            blocked_by = sending.send(None)
        except StopIteration:
            return
