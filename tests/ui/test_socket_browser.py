"""The socket in a browser: comes back for ever, knows silence from death, says when it fell behind (ux.md §1.5, N-…)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.cast import NOW

pytestmark = pytest.mark.browser


class Server:
    """The other end: one entry in `lines` for every connection, `heard` is what came up."""

    def __init__(self, lab) -> None:
        self.lines: list = []
        self.heard: list[dict] = []
        self.refuse: int | None = None
        lab.page.clock.install(time=NOW)
        lab.page.clock.pause_at(NOW + timedelta(seconds=1))  # from here on time passes only in after()
        lab.page.route_web_socket("**/ws/agent/", self._connected)
        lab.run(
            """
            const { MemoSocket } = await use("memo/ui/socket");
            const socket = (window.socket = new MemoSocket("/ws/agent/"));
            window.log = [];
            for (const name of ["open", "close", "frame", "behind", "offline", "online"])
              socket.addEventListener(name, ({ detail }) => log.push([name, detail ?? null]));
            """
        )
        self.page = lab.page
        self.until("log.length > 0")

    def _connected(self, line) -> None:
        self.lines.append(line)
        line.on_message(lambda text: self.heard.append(json.loads(text)))
        if self.refuse is not None:
            line.close(code=self.refuse)

    def send(self, **frame) -> None:
        self.lines[-1].send(json.dumps(frame))

    def cut(self, code: int = 1006) -> None:
        self.lines[-1].close(code=code if code != 1006 else 3000)

    def after(self, seconds: float) -> None:
        self.page.clock.run_for(int(seconds * 1000))

    def until(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {condition}")

    def log(self, *names: str) -> list:
        """What the socket said, in order."""
        return [entry for entry in self.page.evaluate("window.log") if entry[0] in names]


@pytest.fixture
def server(lab):
    return Server(lab)


def test_frames_arrive_in_order_and_a_repeat_is_not_shown_twice(server):
    server.page.evaluate("socket.versions.know('inbox.1', 4)")
    for version in (5, 5, 6):
        server.send(g="inbox.1", v=version, k="row", html=f"<li>{version}</li>")
    server.send(k="typing", c="x")
    server.until("log.length >= 4")
    assert [entry[1].get("v") for entry in server.log("frame")] == [5, 6, None]
    assert server.log("behind") == []


def test_a_gap_asks_for_the_state_instead_of_showing_what_comes_after_it(server):
    server.page.evaluate("socket.versions.know('inbox.1', 4)")
    server.send(g="inbox.1", v=6, k="row", html="<li>")
    server.until("log.length >= 2")
    assert server.log("frame") == []
    assert server.log("behind") == [["behind", {"group": "inbox.1", "known": 4, "version": 6}]]


def test_a_beat_finds_the_lost_last_frame_once_and_again_when_fetching_failed(server):
    server.page.evaluate("socket.versions.know('member.1', 2)")
    server.send(k="beat", s={"member.1": 2})
    server.send(k="beat", s={"member.1": 3})
    server.send(k="beat", s={"member.1": 3})
    server.until("log.length >= 2")
    assert server.log("behind") == [["behind", {"group": "member.1", "known": 2, "version": 3}]]
    server.page.evaluate("socket.versions.lost('member.1')")
    server.send(k="beat", s={"member.1": 3})
    server.until("log.length >= 3")
    assert len(server.log("behind")) == 2


def test_a_group_we_never_heard_of_is_shown_and_fetched(server):
    server.send(g="new.1", v=8, k="row", html="")
    server.until("log.length >= 3")
    assert [entry[0] for entry in server.log("frame", "behind")] == ["frame", "behind"]
    server.send(k="beat", s={"new.1": 8, "new.2": 0})
    server.until("log.length >= 4")
    assert server.log("behind")[-1][1] == {"group": "new.2", "known": None, "version": 0}


def test_it_comes_back_for_ever_with_growing_random_pauses(server):
    server.page.evaluate("Math.random = () => 0.999999")
    server.refuse = 3000
    server.cut()
    server.until("log.some(([name]) => name === 'close')")
    for attempt, pause in enumerate((0.5, 1, 2, 4, 8, 15, 15, 15)):
        # The pause begins when the end is heard: while the clock still runs, or after it. So 10 ms more each time at most.
        before = len(server.lines)
        server.after(pause - 0.2)
        assert len(server.lines) == before, attempt
        server.after(0.21)
        server.until(f"log.filter(([name]) => name === 'close').length > {attempt + 1}")
        assert len(server.lines) == before + 1
    server.refuse = None
    server.after(15.1)
    server.until("socket.connected")
    assert [entry[0] for entry in server.log("offline", "online")] == ["offline", "online"]


def test_being_back_online_or_looked_at_ends_the_pause(server):
    server.page.evaluate("Math.random = () => 0.999999")
    server.cut()
    server.until("log.some(([name]) => name === 'close')")
    server.page.evaluate("window.dispatchEvent(new Event('online'))")
    server.until("socket.connected")
    assert len(server.lines) == 2


def test_it_says_offline_only_after_five_seconds_and_online_when_it_is_back(server):
    server.refuse = 3000
    server.cut()
    server.until("log.some(([name]) => name === 'close')")
    for _ in range(9):
        server.after(0.5)
    assert server.log("offline") == []
    server.after(1)
    assert len(server.log("offline")) == 1
    server.refuse = None
    server.page.evaluate("socket.wake()")
    server.until("!socket.offline")
    assert [entry[0] for entry in server.log("offline", "online")] == ["offline", "online"]


def test_a_short_outage_is_not_worth_a_word(server):
    server.cut()
    server.until("log.some(([name]) => name === 'close')")
    server.after(0.5)
    server.until("socket.connected")
    server.after(10)
    assert server.log("offline", "online") == []


def test_three_beats_of_silence_are_death_one_late_beat_is_not(server):
    server.send(k="beat", s={})
    server.after(29)
    server.send(k="typing")
    server.until("log.some(([name]) => name === 'frame')")
    server.after(29)
    assert server.log("close") == []
    server.after(2)
    server.until("log.some(([name]) => name === 'close')")
    assert server.log("close")[0][1] == {"code": 1006, "again": True}


def test_a_busy_socket_notices_death_sooner(server):
    server.page.evaluate("socket.pace = 2")
    server.send(k="typing")
    server.until("log.length >= 2")
    server.after(5.9)
    assert server.log("close") == []
    server.after(0.2)
    assert len(server.log("close")) == 1


@pytest.mark.parametrize("code", [4401, 4403])
def test_no_right_means_no_second_try(server, code):
    server.cut(code)
    server.until("log.some(([name]) => name === 'close')")
    assert server.log("close") == [["close", {"code": code, "again": False}]]
    server.after(60)
    assert len(server.lines) == 1


def test_too_much_waits_long_and_a_restart_does_not(server):
    server.page.evaluate("Math.random = () => 0")
    server.cut(4429)
    server.until("log.some(([name]) => name === 'close')")
    server.after(7)
    assert len(server.lines) == 1
    server.after(1)
    server.until("socket.connected")
    server.cut(4412)
    server.until("log.filter(([name]) => name === 'close').length === 2")
    server.after(0.1)
    server.until("socket.connected")
    assert len(server.lines) == 3


def test_what_is_kept_is_said_again_after_every_reconnect(server):
    server.page.evaluate("socket.keep('thread', { k: 'open', c: 'x' })")
    server.page.evaluate("socket.keep('thread', { k: 'open', c: 'y' })")
    server.cut()
    server.until("log.some(([name]) => name === 'close')")
    assert server.page.evaluate("socket.send({ k: 'typing' })") is False
    server.after(0.5)
    server.until("socket.connected")
    server.page.evaluate("socket.drop('thread', { k: 'leave', c: 'y' })")
    server.page.evaluate("socket.drop('thread', { k: 'leave', c: 'y' })")
    server.send(k="typing")
    server.until("log.some(([name]) => name === 'frame')")
    assert [(m["k"], m.get("c")) for m in server.heard] == [("open", "x"), ("open", "y"), ("open", "y"), ("leave", "y")]


def test_frames_are_confirmed_in_bunches(server):
    for number in range(53):
        server.send(k="typing", n=number)
    server.until("log.length >= 54")
    assert server.heard == [{"k": "ack", "n": 50}]
    server.after(2.1)
    server.send(k="typing")
    server.until("log.length >= 55")
    assert server.heard == [{"k": "ack", "n": 50}, {"k": "ack", "n": 3}]


def test_one_socket_for_a_path_for_the_whole_visit(lab):
    lab.page.route_web_socket("**/ws/**", lambda _line: None)
    same = 'const { connect } = await use("memo/ui/socket"); return connect("/ws/a/") === connect("/ws/a/")'
    assert lab.run(same)


def test_an_ended_socket_stays_ended(server):
    server.page.evaluate("socket.end()")
    server.after(60)
    server.page.evaluate("window.dispatchEvent(new Event('online'))")
    assert len(server.lines) == 1
