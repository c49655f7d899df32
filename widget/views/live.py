"""What is new, at once: the ticket for the websocket, and the long poll for who cannot open one."""

from __future__ import annotations

import asyncio
import hashlib

import orjson
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from customers.models import Visitor
from events import hub
from widget import cookies, passes, selectors
from widget.access import WidgetRequest, presented_token, visitor_required
from widget.errors import Failure

POLL_S = 25.0
_MOST_FRAMES = 200


@require_POST
@visitor_required("ticket")
def ticket(request: WidgetRequest) -> JsonResponse:
    """{"ticket", "kept"}: for one handshake within 30 seconds; `kept`: our cookie came along."""
    try:
        issued = passes.issue(request.visitor)
    except passes.NoTicket:
        raise Failure(503, "unavailable") from None
    kept = cookies.token_in(request, request.widget.public_key) == presented_token(request)
    return JsonResponse({"ticket": issued, "kept": kept})


class _Listener:
    """A socket for the length of one request: keeps the frames, wakes the waiting request with the first."""

    language, rendered, busy = "en", False, False

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.frames: list[str] = []
        self.arrived = asyncio.Event()

    def deliver(self, text: str) -> None:
        if len(self.frames) < _MOST_FRAMES:
            self.frames.append(text)
        self.arrived.set()

    def kick(self, group: str) -> None:
        self.arrived.set()


@require_GET
@visitor_required("poll")
def poll(request: WidgetRequest) -> HttpResponse:
    """?known=… (of the answer before) → {"known", "s": {group: version}, "frames": […]}, as soon as anything is new."""
    body = async_to_sync(_wait)(request.visitor, request.GET.get("known", ""))
    return HttpResponse(body, content_type="application/json")


async def _wait(visitor: Visitor, known: str) -> bytes:
    listener, process = _Listener(), hub.get()
    try:
        for group in await sync_to_async(selectors.groups_of)(visitor):
            await process.join(listener, group)
        # Joined first, asked then: what happens in between shows in one of the two.
        versions = await _versions(listener.groups)
        if fingerprint(versions) == known:
            try:
                await asyncio.wait_for(listener.arrived.wait(), POLL_S)
            except TimeoutError:
                listener.frames.clear()
            versions = await _versions(listener.groups)
    finally:
        await process.forget(listener)
    frames = b"[" + ",".join(listener.frames).encode() + b"]"
    told = orjson.dumps({"known": fingerprint(versions), "s": versions})
    return told[:-1] + b',"frames":' + frames + b"}"


async def _versions(names: set[str]) -> dict[str, int]:
    return await sync_to_async(_versions_and_let_go)(names)


def _versions_and_let_go(names: set[str]) -> dict[str, int]:
    """A waiting request keeps no database connection: the pool is small and the wait is long."""
    try:
        return selectors.versions_of(names)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def fingerprint(versions: dict[str, int]) -> str:
    """Short and the same for the same versions."""
    return hashlib.sha256(orjson.dumps(versions, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
