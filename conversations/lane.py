"""The fast lane of POST /conversations/<id>/messages/ as JSON: a plain ASGI endpoint before Django.

Same address, same rule, same action as the view (which serves forms, files and everything unusual); it only leaves
out Django's request handler, and messages that arrive together share a commit.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from conversations.actions.careful import Held
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import BadMessage, ClientIdTaken, Locked, NewMessage, Posted
from conversations.models import Conversation, Message
from conversations.selectors.standing import Standing, standing_in
from conversations.sessions import member_of_session
from conversations.writer import Overloaded, StandingChanged, Writer
from events import guessing

_PATH = re.compile(r"^/conversations/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/messages/$")
_MAX_BYTES = 64 * 1024
_REMEMBER_S = 30.0
_REMEMBER = 20_000
_BURST, _PER_S = 120.0, 20.0

Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]


class _PassOn(Exception):
    """Not for the lane: Django answers, with the body read so far."""


class Lane:
    """Wraps Django's ASGI application; takes the plain JSON messages of team members."""

    def __init__(self, django: Callable) -> None:
        self._django = django
        self._writer = Writer()
        self._standings: OrderedDict[tuple[str, str], tuple[float, Standing]] = OrderedDict()
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()
        own = urlsplit(settings.BASE_URL)
        self._origin = f"{own.scheme}://{own.netloc}".encode()

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        match = _PATH.match(scope["path"]) if scope["method"] == "POST" else None
        headers = dict(scope["headers"]) if match else {}
        # Another origin, or a form: Django's view with its CSRF check decides.
        if (
            not match
            or headers.get(b"origin") != self._origin
            or not headers.get(b"content-type", b"").startswith(b"application/json")
        ):
            await self._django(scope, receive, send)
            return
        body = await _read(receive)
        try:
            answer = await self._answer(match.group(1), headers, body)
        except _PassOn:
            await self._django(scope, _again(body, receive), send)
            return
        await _reply(send, *answer)

    async def _answer(self, conversation: str, headers: dict[bytes, bytes], body: bytes) -> tuple[int, dict]:
        session_key = _session_key(headers)
        if session_key is None or len(body) > _MAX_BYTES:
            raise _PassOn
        fields = _fields(body)
        standing = await self._standing(session_key, conversation)
        if guessing.waits(guessing.user(standing.user_id)):
            raise _PassOn
        if not self._within_rate(standing.user_id):
            return 429, {"error": "too_many", "message": "Too many messages at once."}
        message = NewMessage(
            conversation_id=standing.conversation_id,
            author=standing.author,
            via=Message.Via.APP,
            role=standing.role,
            may_post=standing.may_post,
            **fields,
        )
        try:
            posted = await self._writer.store(message, standing)
        except StandingChanged:
            self._standings.pop((session_key, conversation), None)
            raise _PassOn from None
        except (Overloaded, ClientIdTaken, Locked, NotAllowed, Conflict, BadMessage, Held) as refusal:
            if isinstance(refusal, Overloaded):
                return 503, {"error": "busy", "message": "Try again in a moment."}
            # The view gives refusals their words and language; it stores nothing new for the same message.
            raise _PassOn from None
        return 201 if posted.created else 200, _shown(posted)

    async def _standing(self, session_key: str, conversation: str) -> Standing:
        key, now = (session_key, conversation), time.monotonic()
        known = self._standings.get(key)
        if known is not None and now - known[0] < _REMEMBER_S:
            return known[1]
        standing = await sync_to_async(_look_up, thread_sensitive=False)(session_key, conversation)
        if standing is None:
            raise _PassOn
        self._standings[key] = (now, standing)
        while len(self._standings) > _REMEMBER:
            self._standings.popitem(last=False)
        return standing

    def _within_rate(self, user_id: int) -> bool:
        now = time.monotonic()
        tokens, at = self._buckets.pop(user_id, (_BURST, now))
        tokens = min(_BURST, tokens + (now - at) * _PER_S)
        self._buckets[user_id] = (max(0.0, tokens - 1), now)
        while len(self._buckets) > _REMEMBER:
            self._buckets.popitem(last=False)
        return tokens >= 1


def _look_up(session_key: str, conversation: str) -> Standing | None:
    try:
        member = member_of_session(session_key)
        return standing_in(member, session_key, UUID(conversation)) if member else None
    except Conversation.DoesNotExist:
        return None
    finally:
        close_old_connections()


def _session_key(headers: dict[bytes, bytes]) -> str | None:
    try:
        morsel = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _fields(body: bytes) -> dict:
    """The plain case: a reply with text and client id, without files; anything else is the view's business."""
    try:
        data = orjson.loads(body)
        if data.get("kind", "reply") != "reply" or not isinstance(data["body"], str):
            raise _PassOn
        if data.get("attachments") or data.get("quote"):
            raise _PassOn
        if data["body"].strip() == "/archive":  # a command, not a message
            raise _PassOn
        seen = None if data.get("force") else data.get("seen_seq")
        if seen is not None and not (type(seen) is int and 0 <= seen < 2**31):
            raise _PassOn
        return {"body": data["body"], "client_id": UUID(data["client_id"]), "seen_seq": seen}
    except (orjson.JSONDecodeError, KeyError, ValueError, AttributeError, TypeError):
        raise _PassOn from None


def _shown(posted: Posted) -> dict:
    return {"message": posted.data, "created": posted.created}


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return body
        body += event.get("body", b"")
        if not event.get("more_body") or len(body) > _MAX_BYTES:
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> dict:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": len(body) > _MAX_BYTES}

    return replay


async def _reply(send: Send, status: int, data: dict) -> None:
    body = orjson.dumps(data)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"private, no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"same-origin"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
