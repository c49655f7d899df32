"""Answers that must not tell by their time whether an address is known leave at full steps (S-51)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

STEP_S = 0.5
# Signing in, asking for a code or a reset, a new address of one's own, inviting.
_PATHS = re.compile(r"^/(accounts/(login|login/code|password/reset|email)|settings/people/new)/$")

Send = Callable[[dict], Awaitable[None]]


class Evenly:
    """ASGI: the answer to a POST at one of these addresses leaves STEP_S after it came, or a multiple of that.

    The work for a known and an unknown address takes nearly the same time; what is left of a difference vanishes in
    the step. Nothing blocks meanwhile: only the answer waits.
    """

    def __init__(self, app: Callable, *, clock: Callable[[], float] = time.monotonic, sleep=asyncio.sleep) -> None:
        self._app, self._clock, self._sleep = app, clock, sleep

    async def __call__(self, scope: dict, receive: Callable, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not _PATHS.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        came = self._clock()

        async def later(event: dict) -> None:
            if event["type"] == "http.response.start":
                await self._sleep(STEP_S - (self._clock() - came) % STEP_S)
            await send(event)

        await self._app(scope, receive, later)
