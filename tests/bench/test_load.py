"""The generator sees what a server does wrong: lost, doubled, disordered and misrouted messages, torn and long frames."""

from __future__ import annotations

import asyncio
import time

from bench.load.driver import Driver
from bench.load.run import Plan, Run, percentiles
from bench.load.wire import WebSocket


def make_run(connections: int = 4, conversations: int = 2) -> Run:
    """Clients 0 and 2 follow conversation 0, clients 1 and 3 conversation 1; nothing is connected."""
    return Run(Driver("http://127.0.0.1:1", {}), Plan(connections, conversations), {})


async def test_a_faultless_server_is_found_faultless():
    run = make_run()
    run.sent = [(0, 1_000_000), (1, 2_000_000)]
    run.receivers[0].got = run.receivers[2].got = [(0, 3_000_000)]
    run.receivers[1].got = run.receivers[3].got = [(1, 4_000_000)]
    late, wrong = run._outcome(0)
    assert wrong == {"duplicated": 0, "out_of_order": 0, "misrouted": 0}
    assert sorted(late) == [2_000_000] * 4
    assert run._expected(0) - len(late) == 0


async def test_every_fault_is_counted_where_it_happened():
    run = make_run()
    run.sent = [(0, 0), (0, 0), (1, 0)]
    run.receivers[0].got = [(1, 5), (0, 6), (0, 7)]  # the later one first, then one twice
    run.receivers[2].got = [(0, 5), (2, 6)]  # number 1 is lost here, number 2 is none of its business
    run.receivers[1].got = run.receivers[3].got = [(2, 5)]
    late, wrong = run._outcome(0)
    assert wrong == {"duplicated": 1, "out_of_order": 1, "misrouted": 1}
    assert len(late) == 6


async def test_a_warm_up_does_not_count():
    run = make_run()
    run.sent = [(0, 0), (0, 10)]
    run.receivers[0].got = [(0, 5), (0, 6), (1, 30)]
    late, wrong = run._outcome(1)
    assert late == [20]
    assert wrong["duplicated"] == 0
    assert run._expected(1) == 2


async def test_frames_arrive_whole_however_they_are_torn():
    got: list[bytes] = []
    socket = WebSocket(got.append, lambda: None)
    long, huge = b"b" * 300, b"c" * 70_000
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    stream += b"\x81\x05hello" + b"\x81\x7e\x01\x2c" + long + b"\x81\x7f" + len(huge).to_bytes(8, "big") + huge
    for start in range(0, len(stream), 7):
        socket.data_received(stream[start : start + 7])
    assert socket.ready.done()
    assert got == [b"hello", long, huge]


async def test_a_refused_handshake_is_an_error():
    socket = WebSocket(lambda data: None, lambda: None)
    socket.data_received(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert isinstance(socket.ready.exception(), ConnectionError)


async def test_a_closed_loop_goes_on_only_after_its_own_message_came_back():
    run = make_run()
    sent: list[int] = []

    class Echo(Driver):
        async def send_http(self, client, text):
            sent.append(client.number)
            await asyncio.sleep(0)
            for receiver in run.receivers:
                if receiver.client.conversation == client.conversation:
                    run._on_payload(receiver)(text.encode())

    run.driver = Echo("http://127.0.0.1:1", {})
    await run._one_after_another(run.receivers[0].client, time.perf_counter() + 0.05)
    assert sent
    assert run.errors == []
    late, wrong = run._outcome(0)
    assert len(late) == 2 * len(sent)
    assert not any(wrong.values())


def test_percentiles_are_milliseconds():
    assert percentiles([]) == {}
    found = percentiles([n * 1_000_000 for n in range(1, 101)])
    assert (found["p50"], found["p99"], found["max"]) == (51.0, 100.0, 100.0)
