"""A socket's handshake and its end: refused ones, our own origin alone, odd cookies, closed once (S-14)."""

from __future__ import annotations

import asyncio

import pytest

from events import consumers
from tests.events.conftest import Browser
from tests.events.lines import Line, listening


async def test_a_refused_handshake_is_never_accepted(hub):
    """A foreign origin reads 403; only who must sign in again learns the reason, by a code."""

    class Refuses(consumers.Socket):
        code = consumers.NO_ACCESS

        async def welcome(self) -> None:
            raise consumers.Refused(self.code)

    for code, expected in (
        (consumers.NO_ACCESS, ["websocket.close"]),
        (consumers.LOGIN_AGAIN, ["websocket.accept", "websocket.close"]),
    ):
        async with Browser(type("R", (Refuses,), {"code": code})) as one:
            await one.until(lambda b: b.closed_with)
            assert [message["type"] for message in one.sent] == expected
            assert one.closed_with == code
        assert not hub.sockets


async def test_a_welcome_that_breaks_leaves_nothing_behind(hub):
    """Groups joined before the error are left again."""

    class Breaks(Line):
        async def welcome(self) -> None:
            await self.accept()
            await self.hub.join(self, "a")
            raise RuntimeError("the database is away")

    one = Browser(Breaks)
    async with one:
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(asyncio.shield(one.task), 5)
    assert not hub.sockets
    assert "a" not in hub._members


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (b"https://memo.example", True),
        (b"https://memo.example:443", False),
        (b"https://memo.example.", False),
        (b"https://MEMO.example", False),
        (b"http://memo.example", False),
        (b"https://evil-memo.example", False),
        (b"https://memo.example.evil.example", False),
        (b"https://memo.example@evil.example", False),
        (b"null", False),
        (b"", False),
        (None, False),
    ],
)
async def test_only_our_own_origin(hub, settings, origin, welcome):
    """S-14: letter for letter."""
    settings.BASE_URL = "https://memo.example"

    class Guarded(Line):
        async def welcome(self) -> None:
            self.require_own_origin()
            await super().welcome()

    headers = [] if origin is None else [(b"origin", origin)]
    async with Browser(Guarded, headers) as one:
        await one.until(lambda b: b.sent)
        if welcome:
            await one.gets("hello")
        else:
            assert [message["type"] for message in one.sent] == ["websocket.close"]


async def test_odd_cookies_of_other_programs_hide_nothing(hub):
    """A cookie that Python's own parser refuses stands beside ours on the same host."""
    headers = [(b"cookie", b"cart[items]=1; memo-session=abc; =; odd")]
    assert Browser(Line, headers).socket.cookies()["memo-session"] == "abc"


async def test_closed_is_said_once(hub):
    """Whatever comes together: our close, a refusal, the client's going."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        await asyncio.gather(*[one.socket.close(code) for code in (4401, 4403, 4429)])
        one.say("nonsense")
    assert one.closed_with == 4401
