"""Hub and sockets: who gets a frame and who does not, in which form, and who looks again (S-05, INV-20)."""

from __future__ import annotations

import asyncio

from django.utils import translation

from events import registry, valkey
from tests.events.conftest import Browser
from tests.events.lines import listening, ready, send, subscribers


async def test_a_frame_reaches_those_who_joined_and_nobody_else(hub):
    """By group, once each, as it was published."""
    async with Browser(listening("a", "c")) as one, Browser(listening("a")) as two, Browser(listening("b")) as other:
        await ready(one, two, other)
        await send("a", n=1)
        await send("b", n=2)
        await one.gets("row", n=1)
        await two.gets("row", n=1)
        await other.gets("row", n=2)
        await send("c", n=3)
        await one.gets("row", n=3)
        rows = [[f["d"]["n"] for f in browser.frames if f["k"] == "row"] for browser in (one, two, other)]
        assert rows == [[1, 3], [1], [2]]
        assert one.frames[1] == {"g": "a", "v": 1, "k": "row", "d": {"n": 1}}


async def test_after_leaving_nothing_comes(hub):
    """The last one to leave ends the subscription; coming back works."""
    async with Browser(listening("a")) as one, Browser(listening("a")) as two:
        await ready(one, two)
        one.say(k="leave", g="a")
        await one.gets("done", g="a")
        await send("a", n=1)
        await two.gets("row", n=1)
        assert not [f for f in one.frames if f["k"] == "row"]
        one.say(k="join", g="a")
        await one.until(lambda b: len([f for f in b.frames if f["k"] == "done"]) == 2)
        await send("a", n=2)
        await one.gets("row", n=2)
    await subscribers([valkey.key("g", "a")], lambda counts: not any(counts))


async def test_a_closed_socket_is_forgotten(hub):
    """Nothing is kept for it; goodbye is called once."""
    async with Browser(listening("a", "b")) as one:
        await ready(one)
        assert one.socket in hub.sockets
    assert one.socket not in hub.sockets
    assert (one.socket.groups, one.socket.said_goodbye) == (set(), 1)
    assert "a" not in hub._members


async def test_agents_get_html_in_their_language_and_visitors_json(hub, monkeypatch):
    """Rendered once per language, not once per socket; kinds without a renderer go as they are."""
    calls = []

    def render(data: dict) -> str:
        calls.append(translation.get_language())
        return f"<p>{translation.get_language()} {data['n']}</p>"

    monkeypatch.setitem(registry.RENDERERS, "row", render)
    agent = listening("a", rendered=True)
    async with Browser(agent) as en, Browser(agent) as en2, Browser(agent) as de, Browser(listening("a")) as visitor:
        await ready(en, en2, de, visitor)
        de.socket.language = "de"
        await send("a", n=1, secret="only in the html")
        for browser, html in ((en, "<p>en 1</p>"), (en2, "<p>en 1</p>"), (de, "<p>de 1</p>")):
            frame = await browser.gets("row")
            assert frame["html"] == html
            assert "secret" not in frame["d"]
        assert "html" not in await visitor.gets("row", n=1)
        assert sorted(calls) == ["de", "en"]
        await send("a", "typing", who="Ben")
        assert (await en.gets("typing"))["d"] == {"who": "Ben"}


async def test_a_frame_that_cannot_be_rendered_ends_nothing(hub, monkeypatch):
    """It is missing (the next beat shows it); all that follow arrive."""
    monkeypatch.setitem(registry.RENDERERS, "broken", lambda data: 1 / 0)
    async with Browser(listening("a", rendered=True)) as one:
        await ready(one)
        await send("a", "broken")
        await asyncio.to_thread(valkey.client().publish, valkey.key("g", "a"), b"this is no frame")
        await send("a", "typing", n=2)
        await one.gets("typing", n=2)


async def test_changed_rights_make_the_members_of_that_group_look_again(hub):
    """INV-20: the frame of one member does not disturb the others; a text that looks like it does nothing."""
    async with Browser(listening("member.ben", "a")) as ben, Browser(listening("member.cem", "a")) as cem:
        await ready(ben, cem)
        await send("member.ben", "rights", epoch=2)
        await ben.until(lambda b: b.socket.looked_again == 1)
        await send("a", body='"k":"rights"')
        await cem.gets("row")
        assert (ben.socket.looked_again, cem.socket.looked_again) == (1, 0)
