"""Hub and sockets: who gets a frame and who does not, healing, slow readers, hostile frames (S-05, S-14, R-04, R-05, R-13)."""

from __future__ import annotations

import asyncio

import orjson
import pytest
import redis
from django.utils import translation

from events import consumers, publish, registry, valkey
from events import hub as hubs
from events.models import Stream
from tests.events.conftest import Browser

reads_versions = pytest.mark.django_db(transaction=True)


class Line(consumers.Socket):
    """A socket that joins what it is told to: {"k":"join","g":…}, {"k":"leave","g":…}; the rest is kept."""

    rendered = False
    groups_at_start: tuple[str, ...] = ()

    async def welcome(self) -> None:
        self.heard: list[tuple[str, dict]] = []
        self.looked_again = 0
        self.said_goodbye = 0
        await self.accept()
        for group in self.groups_at_start:
            await self.hub.join(self, group)
        self.tell("hello")

    async def frame(self, kind: str, data: dict) -> None:
        if kind == "join":
            await self.hub.join(self, data["g"])
        elif kind == "leave":
            await self.hub.leave(self, data["g"])
        else:
            self.heard.append((kind, data))
            return
        self.tell("done", d={"g": data["g"]})

    async def recheck(self) -> None:
        self.looked_again += 1

    async def goodbye(self) -> None:
        self.said_goodbye += 1


def listening(*groups: str, **fields: object) -> type[Line]:
    """A kind of Line that joins these groups at once."""
    return type("Listening", (Line,), {"groups_at_start": groups, **fields})


@pytest.fixture
def fast_beats(monkeypatch):
    """Twenty beats a second; to be asked for before the hub starts."""
    monkeypatch.setattr(hubs, "BEAT_S", 0.05)


async def send(group: str, kind: str = "row", **data: object) -> None:
    """Publish a frame as a committed unit would."""
    payload = orjson.dumps({"g": group, "v": 1, "k": kind, "d": data})
    await asyncio.to_thread(publish._send, [(group, payload)])


async def ready(*browsers: Browser) -> None:
    """All are connected, and Valkey has confirmed their subscriptions: a frame sent now arrives."""
    for browser in browsers:
        await browser.gets("hello")
    groups = {group for browser in browsers for group in browser.socket.groups}
    names = [valkey.key("g", group) for group in groups]
    await subscribers(names, all)


async def subscribers(names: list[str], enough) -> None:
    """Wait until Valkey's numbers of subscribers of these channels are as they should be; it tells no events of that."""
    for _ in range(500):
        counts = await asyncio.to_thread(valkey.client().pubsub_numsub, *names)
        if enough([count for _, count in counts]):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


# --- who gets it ---------------------------------------------------------------------------------------------
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


# --- healing -------------------------------------------------------------------------------------------------
@reads_versions
async def test_beats_name_the_versions(fast_beats, hub):
    """Of every group of the socket, also of those that never had a frame; a reader sees what it missed."""
    await Stream.objects.acreate(name="a", version=7)
    async with Browser(listening("a", "b", busy=True)) as one:
        await ready(one)
        one.socket.busy = True
        beat = await one.gets("beat")
        assert beat["s"] == {"a": 7, "b": 0}
        await Stream.objects.filter(name="a").aupdate(version=8)
        await one.until(lambda b: any(f["k"] == "beat" and f["s"]["a"] == 8 for f in b.frames))


@reads_versions
async def test_who_has_no_thread_open_is_asked_less_often(fast_beats, hub):
    """Idle tabs get every fourth beat."""
    async with Browser(listening("a")) as busy, Browser(listening("a")) as idle:
        await ready(busy, idle)
        busy.socket.busy = True
        await idle.until(lambda b: len([f for f in b.frames if f["k"] == "beat"]) >= 2)
        beats = [len([f for f in browser.frames if f["k"] == "beat"]) for browser in (busy, idle)]
        assert abs(beats[0] - hubs.IDLE_BEAT_EVERY * beats[1]) <= hubs.IDLE_BEAT_EVERY


@reads_versions
async def test_without_the_database_the_beat_goes_on(fast_beats, hub, monkeypatch):
    """It says that the line lives, without numbers; afterwards with them again."""
    alive = hubs._versions
    monkeypatch.setattr(hubs, "_versions", lambda groups: 1 / 0)
    async with Browser(listening("a")) as one:
        await ready(one)
        one.socket.busy = True
        assert (await one.gets("beat"))["s"] == {}
        monkeypatch.setattr(hubs, "_versions", alive)
        await one.until(lambda b: any(f["k"] == "beat" and f["s"] == {"a": 0} for f in b.frames))


@reads_versions
async def test_a_killed_subscription_comes_back_and_says_what_was_missed(hub):
    """R-04: the connection dies, frames are lost; it subscribes anew and tells the versions at once, not at a beat."""
    await Stream.objects.acreate(name="a", version=3)
    async with Browser(listening("a")) as one:
        await ready(one)
        host, port = hub._pubsub.connection._writer.get_extra_info("sockname")[:2]
        await asyncio.to_thread(valkey.client().execute_command, "CLIENT", "KILL", "ADDR", f"{host}:{port}")
        beat = await one.gets("beat")
        assert beat["s"] == {"a": 3}
        await send("a", n=2)
        await one.gets("row", n=2)


async def test_groups_joined_while_the_line_is_down_are_heard_afterwards(hub, monkeypatch):
    """Joining never fails because of Valkey."""
    async with Browser(listening("a")) as one:
        await ready(one)

        async def broken(*names: str) -> None:
            raise redis.ConnectionError

        monkeypatch.setattr(hub._pubsub, "subscribe", broken)
        one.say(k="join", g="b")
        await one.gets("done", g="b")
        await send("a", n=0)  # wakes the listener, which sees that its line is given up
        await ready(one)
        await send("b", n=2)
        await one.gets("row", n=2)


# --- slow readers --------------------------------------------------------------------------------------------
async def test_who_does_not_read_is_closed(hub, monkeypatch):
    """R-13: not acknowledged beyond the limit → 4429, and the others do not notice."""
    monkeypatch.setattr(consumers, "MAX_UNACKNOWLEDGED_FRAMES", 10)
    async with Browser(listening("a")) as slow, Browser(listening("a")) as good:
        await ready(slow, good)
        for number in range(1, 31):
            await send("a", n=number)
            await good.gets("row", n=number)
            good.say(k="ack", n=len(good.frames) - number + 1 if number == 1 else 1)
            await good.until(lambda b: b.socket._unacknowledged_frames <= 2)
        await slow.until(lambda b: b.closed_with)
        assert slow.closed_with == consumers.TOO_MUCH
        assert good.closed_with is None
        assert len([f for f in slow.frames if f["k"] == "row"]) <= 10


async def test_bytes_count_too(hub, monkeypatch):
    """A few big frames are as much as many small ones."""
    monkeypatch.setattr(consumers, "MAX_UNACKNOWLEDGED_BYTES", 2000)
    async with Browser(listening("a")) as slow:
        await ready(slow)
        for number in range(4):
            await send("a", n=number, text="x" * 700)
        await slow.until(lambda b: b.closed_with)
        assert slow.closed_with == consumers.TOO_MUCH


@pytest.mark.parametrize("count", [0, -5, 10_000, "7", None, 2.5, [1], True])
async def test_acknowledging_what_was_not_sent_gains_nothing(hub, count):
    """Hostile numbers are ignored; True is one."""
    async with Browser(listening("a")) as one:
        await ready(one)
        for number in range(3):
            await send("a", n=number)
        await one.gets("row", n=2)
        before = one.socket._unacknowledged_frames
        one.say(k="ack", n=count)
        one.say(k="anything")
        await one.until(lambda b: b.socket.heard)
        assert one.socket._unacknowledged_frames == before - (1 if count is True else 0)
        assert one.closed_with is None


async def test_a_line_that_takes_nothing_does_not_hold_up_the_others(hub):
    """Its send waits in a task of its own; what follows keeps its order and arrives when the line is free."""
    async with Browser(listening("a")) as jammed, Browser(listening("a")) as good:
        await ready(jammed, good)
        jammed.jam()
        for number in range(20):
            await send("a", n=number)
        await good.gets("row", n=19)
        assert not [f for f in jammed.frames if f["k"] == "row"]
        jammed.free()
        await jammed.gets("row", n=19)
        assert [f["d"]["n"] for f in jammed.frames if f["k"] == "row"] == list(range(20))
        await send("a", n=20)
        await jammed.gets("row", n=20)


async def test_a_line_that_broke_is_left_alone(hub):
    """The transport raises: no frame more, nobody else is touched."""
    async with Browser(listening("a")) as broken, Browser(listening("a")) as good:
        await ready(broken, good)

        async def fail(message: dict) -> None:
            raise ConnectionResetError

        broken.socket._send = fail
        await send("a", n=1)
        await send("a", n=2)
        await good.gets("row", n=2)
        assert not [f for f in broken.frames if f["k"] == "row"]


# --- what comes up -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"k"',
        "{}",
        '["k"]',
        "[" * 5000,
        b"\x00\xff",
        '{"k":"x","pad":"' + "x" * 16_400 + '"}',
    ],
)
async def test_what_is_no_frame_closes_the_socket(hub, text):
    """Bad JSON, no kind, bytes, too long: 4429."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        one.say(text)
        await one.until(lambda b: b.closed_with)
        assert one.closed_with == consumers.TOO_MUCH
        assert one.socket.heard == []


@pytest.mark.parametrize("kind", [None, 7, ["k"], {"k": 1}])
async def test_a_kind_that_is_no_word_is_ignored(hub, kind):
    """And so is a kind that nobody knows."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        one.say(k=kind)
        one.say(k="anything", n=1)
        await one.until(lambda b: b.socket.heard)
        assert one.socket.heard == [("anything", {"k": "anything", "n": 1})]


async def test_too_many_frames_close_the_socket(hub):
    """A hundred in ten seconds are fine, one more is not."""
    async with Browser(listening()) as one:
        await one.gets("hello")
        for number in range(100):
            one.say(k="typing", n=number)
        await one.until(lambda b: len(b.socket.heard) == 100)
        assert one.closed_with is None
        one.say(k="typing", n=100)
        await one.until(lambda b: b.closed_with)
        assert one.closed_with == consumers.TOO_MUCH
        assert len(one.socket.heard) == 100


# --- the handshake -------------------------------------------------------------------------------------------
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
