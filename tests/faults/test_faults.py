"""Kill things under load and compare three ledgers: what was meant, what is stored, what everybody saw.

`make faults` runs this on an installation of its own. Bounded: about three minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid

import psycopg
import pytest
import websockets

from memo.embedded import Postgres, Valkey
from tests.faults.installation import Installation
from tests.faults.people import Ledger, Receiver, Sender, request
from tests.faults.sink import Sink

RECEIVERS_EACH = 2
SECONDS_BETWEEN = 3.0


@pytest.fixture(scope="module")
def sink():
    made = Sink()
    yield made
    made.close()


@pytest.fixture(scope="module")
def place(sink):
    """The running installation; its processes are gone when the tests end."""
    made = Installation(smtp_port=sink.port, unseen_after_s=10)
    try:
        for name in ("web", "worker", "beat"):
            made.start(name)
        made.wait_ready()
        made.world = json.loads(made.run("-m", "tests.faults.prepare"))
        yield made
    finally:
        made.close()


def stored(place) -> dict[str, list[str]]:
    """conversation → client ids in order of seq, straight from the database; asserts that seq has no gap."""
    rows: dict[str, list[str]] = {}
    with psycopg.connect(place.database) as database:
        found = database.execute(
            "SELECT c.public_id, m.seq, m.client_id FROM conversations_message m "
            "JOIN conversations_conversation c ON c.id = m.conversation_id ORDER BY c.id, m.seq"
        )
        for conversation, seq, client_id in found:
            ids = rows.setdefault(str(conversation), [])
            ids.append(str(client_id))
            assert seq == len(ids), f"gap in {conversation} before {seq}"
    return rows


class Load:
    """Senders and receivers on all conversations; faults happen while they run."""

    def __init__(self, place, seed: int) -> None:
        self.ledger, world, self.thread = Ledger(), place.world, place.thread
        chance = random.Random(seed)
        agents, conversations = world["agents"], world["conversations"]
        self.senders = [
            Sender(place.base, agents[n], conversations[n % len(conversations)], self.ledger, chance)
            for n in range(len(agents))
        ]
        self.receivers = [
            Receiver(place.base, n, agents[n], conversation, self.ledger)
            for conversation in conversations
            for n in range(RECEIVERS_EACH)
        ]

    async def run(self, faults, *, per_second: float = 50.0) -> None:
        """Send at `per_second` while `faults()` runs in a thread, then let everybody catch up."""
        receiving = [asyncio.ensure_future(receiver.run()) for receiver in self.receivers]
        await asyncio.sleep(1)
        done = asyncio.Event()

        async def send(sender: Sender) -> None:
            while not done.is_set():
                await sender.run(len(self.senders) / per_second, time.monotonic() + 0.5)

        sending = [asyncio.ensure_future(send(sender)) for sender in self.senders]
        await asyncio.get_running_loop().run_in_executor(self.thread, faults)
        await asyncio.sleep(SECONDS_BETWEEN)
        done.set()
        await asyncio.gather(*sending)
        await self._settle()
        for receiver in self.receivers:
            receiver.stop = True
        await asyncio.wait(receiving, timeout=12)
        for task in receiving:
            task.cancel()

    async def _settle(self) -> None:
        """Wait until every receiver has everything that was acknowledged, at most 15 s."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if all(self.ledger.acknowledged.get(c, set()) <= set(seen) for (_n, c), seen in self.ledger.seen.items()):
                return
            await asyncio.sleep(0.2)


def compare(place, ledger: Ledger) -> None:
    """Acknowledged ⊆ stored; each id once; each receiver saw exactly the stored sequence; nothing strange is there."""
    rows = stored(place)
    total = 0
    for conversation, acknowledged in ledger.acknowledged.items():
        ids = rows[conversation]
        assert len(set(ids)) == len(ids), "stored twice"
        assert acknowledged <= set(ids), "acknowledged but lost"
        total += len(acknowledged)
    for (number, conversation), seen in ledger.seen.items():
        assert seen == rows[conversation], f"receiver {number} saw another sequence"
    print(f"{total} messages acknowledged, 0 lost, 0 doubled, 0 reordered at {len(ledger.seen)} receivers")
    assert total > 100


def _each(place, times: int, fault) -> None:
    for _ in range(times):
        until = time.monotonic() + SECONDS_BETWEEN
        while time.monotonic() < until:
            time.sleep(0.1)
            place.supervise()
        fault()


def test_web_killed_five_times(place):
    """R-01, R-10: kill -9 of the web process under 50 sends/s, answers cut, requests doubled."""
    load, recovered = Load(place, 1), []

    def fault() -> None:
        place.kill("web")
        place.start("web")
        recovered.append(place.wait_ready())

    asyncio.run(load.run(lambda: _each(place, 5, fault)))
    compare(place, load.ledger)
    print(f"web ready again after at most {max(recovered):.1f} s")
    assert max(recovered) <= 15


def test_postgres_killed(place):
    """R-02, R-03: kill -9 of the postmaster three times, of one backend twice; no 2xx before the commit."""
    load = Load(place, 2)

    def backend() -> None:
        with psycopg.connect(place.database, autocommit=True) as database:
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'memo' "
                "AND pid <> pg_backend_pid() LIMIT 1"
            )

    def faults() -> None:
        _each(place, 3, lambda: place.kill_server(Postgres))
        _each(place, 2, backend)

    asyncio.run(load.run(faults))
    compare(place, load.ledger)


def test_valkey_killed_and_flushed(place):
    """R-04, R-05: kill -9 of Valkey three times, FLUSHALL twice: sending goes on, every open socket goes on."""
    load = Load(place, 3)

    def faults() -> None:
        _each(place, 3, lambda: place.kill_server(Valkey))
        _each(place, 2, place.flush_valkey)

    asyncio.run(load.run(faults))
    compare(place, load.ledger)
    place.wait_ready()


def test_offers_and_mails_survive_dead_workers(place, sink):
    """R-07, R-08, R-12, INV-04, INV-07: worker and beat killed over and over, then two beats at once.

    Requests ring 5 s a member, answers wait 10 s for their mail: settled at most 5 s after the restart, each once.
    """
    began = time.time()
    place.run("-m", "tests.faults.requests", str(place.world["channel"]), "20")
    for name in ("worker", "beat", "worker"):
        time.sleep(2)
        place.kill(name)
        time.sleep(1)
        place.start(name)
    place.kill("worker")
    place.kill("beat")
    time.sleep(8)
    restarted = time.time()
    place.start("worker")
    place.start("beat")
    second = place.running.pop("beat")
    place.start("beat")
    try:
        _wait_for_settled(place)
    finally:
        place.running["second beat"] = second
    _check_offers(place, restarted)
    _check_mails(place, sink, began)
    place.kill("second beat")


def _wait_for_settled(place) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with psycopg.connect(place.database) as database:
            open_offers = database.execute(
                "SELECT count(*) FROM conversations_offer WHERE state = 'pending'"
            ).fetchone()[0]
            waiting = database.execute(
                "SELECT count(*) FROM mail_outgoingmail WHERE state IN ('queued', 'sending')"
            ).fetchone()[0]
            due = database.execute("SELECT count(*) FROM events_due WHERE kind IN ('notice', 'offer')").fetchone()[0]
        if not (open_offers or waiting or due):
            return
        time.sleep(0.5)
    raise AssertionError(f"{open_offers} offers, {due} deadlines and {waiting} mails were not settled within 60 s")


def _check_offers(place, restarted: float) -> None:
    with psycopg.connect(place.database) as database:
        rows = database.execute(
            "SELECT conversation_id, extract(epoch FROM offered_at), extract(epoch FROM expires_at), "
            "extract(epoch FROM ended_at), state FROM conversations_offer ORDER BY conversation_id, id"
        ).fetchall()
    assert len(rows) == 20 * 4, "two members, two rounds: four offers each (E-09)"
    late, before = 0.0, {}
    for conversation, offered, expires, ended, state in rows:
        assert state == "timed_out"
        assert ended >= expires, "escalated before its time"
        assert offered >= before.get(conversation, 0), "two offers at once"
        before[conversation] = ended
        late = max(late, float(ended) - max(float(expires), restarted))
    print(f"80 offers, none early, at most {late:.1f} s late after the restart")
    assert late <= 5


def _check_mails(place, sink, began: float) -> None:
    mails = [mail for mail in sink.mails if mail[0] >= began]
    ids = [mail[2] for mail in mails]
    assert len(set(ids)) == len(ids), "a mail left twice"
    with psycopg.connect(place.database) as database:
        queued = database.execute(
            "SELECT count(*) FROM mail_outgoingmail WHERE state = 'sent' AND sent_at >= to_timestamp(%s)", [began]
        ).fetchone()[0]
    print(f"{len(mails)} mails, each once")
    assert len(mails) == queued > 0


def test_slow_readers_are_closed_and_cost_nothing(place):
    """R-13: 20 sockets that stop reading are closed; the web process does not grow by more than 50 MiB."""
    before = place.rss_of("web")
    asyncio.run(_stall(place))
    grown = (place.rss_of("web") - before) / 2**20
    print(f"the web process grew by {grown:.1f} MiB")
    assert grown <= 50


async def _stall(place) -> None:
    conversation, agents = place.world["conversations"][0], place.world["agents"]
    url = place.base.replace("http", "ws", 1) + "/ws/agent/"
    sockets = []
    for _ in range(20):
        socket = await websockets.connect(
            url,
            additional_headers={"Cookie": agents[0]["cookie"]},
            origin=place.base,
            compression=None,
            ping_interval=None,
            max_queue=1,
        )
        await socket.send(json.dumps({"k": "open", "c": conversation}))
        # From here on nobody reads: the library stops taking bytes off the line, as a stuck browser would.
        socket.transport.pause_reading()
        sockets.append(socket)
    ledger, chance = Ledger(), random.Random(4)
    senders = [Sender(place.base, agent, conversation, ledger, chance) for agent in agents]
    await asyncio.gather(*(_flood(sender, "x" * 9000) for sender in senders))
    codes = [await _read_to_the_end(socket) for socket in sockets]
    # 4429 when the close frame got through, 1006 when the server had waited long enough for an answer to it.
    assert set(codes) <= {4429, 1006}, f"{codes.count(None)} slow readers are still open"


async def _read_to_the_end(socket) -> int | None:
    """The close code that comes after what was still on the line; None when the socket stays open for 5 s."""
    socket.transport.resume_reading()
    with contextlib.suppress(websockets.ConnectionClosed, TimeoutError):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    code = socket.close_code
    await socket.close()
    return code


async def _flood(sender: Sender, text: str) -> None:
    """About 90 messages of 9 kB: more than a socket may be owed."""
    for _ in range(8):
        body = json.dumps({"body": text, "client_id": str(uuid.uuid4())}).encode()
        path = f"/conversations/{sender.conversation}/messages/"
        status, _answer = await request(sender.base, "POST", path, sender.cookie, body)
        assert status in {200, 201, 429}
