"""A run: connections, messages at a rate or with so many under way, and what became of every one of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench import machine
from bench.load.driver import Client, Driver

_MARK = re.compile(rb"LGM(\d{9})")
_FILLER = (
    "Guten Tag, ich habe eine Frage zu meiner Bestellung von letzter Woche: Können Sie bitte nachsehen? Danke und Grüße"
)


@dataclass(frozen=True)
class Plan:
    """`rate` messages a second (open loop), or `window` under way at once (closed loop)."""

    connections: int
    conversations: int
    rate: float = 0.0
    window: int = 64
    seconds: float = 8.0
    warmup: float = 2.0
    drain: float = 5.0
    parallel: int = 50


@dataclass
class Meter:
    """CPU of named process trees, of this process and of everybody else."""

    groups: dict[str, list[int]]
    before: tuple = ()

    def _read(self) -> tuple[dict[str, float], float, float]:
        used = {name: machine.cpu_seconds(pids) for name, pids in self.groups.items()}
        return used, time.process_time(), machine.busy_seconds()

    def start(self) -> None:
        self.before = self._read()

    def stop(self) -> dict[str, float]:
        (groups, own, busy), (groups_then, own_then, busy_then) = self._read(), self.before
        used = {name: round(groups[name] - groups_then[name], 3) for name in groups}
        servers, generator = sum(used.values()), own - own_then
        foreign = max(0.0, busy - busy_then - servers - generator)
        return used | {"servers": round(servers, 3), "generator": round(generator, 3), "foreign": round(foreign, 3)}


@dataclass
class Receiver:
    """A client and what arrived there: (message number, time in ns), in order."""

    client: Client
    got: list[tuple[int, int]] = field(default_factory=list)
    closed: bool = False


class Run:
    """Sends marked messages and looks for the marks at every member of their conversation."""

    def __init__(self, driver: Driver, plan: Plan, groups: dict[str, list[int]]) -> None:
        self.driver, self.plan, self.meter = driver, plan, Meter(groups)
        self.receivers = [Receiver(Client(n, n % plan.conversations)) for n in range(plan.connections)]
        self.sent: list[tuple[int, int]] = []  # message number -> (client, time in ns)
        self.errors: list[str] = []
        self.arrived = 0
        self._own: dict[int, asyncio.Future] = {}
        self._posts: set[asyncio.Task] = set()

    # --- receiving ----------------------------------------------------------------------------------------
    def _on_payload(self, receiver: Receiver):
        def on_payload(data: bytes) -> None:
            now = time.perf_counter_ns()
            for number in {int(found) for found in _MARK.findall(data)}:
                receiver.got.append((number, now))
                self.arrived += 1
                if self.sent[number][0] == receiver.client.number and number in self._own:
                    self._own.pop(number).set_result(None)

        return on_payload

    async def connect(self, receivers: list[Receiver]) -> dict:
        """Opens their sockets; {"per_second", "errors", "first_error"}."""
        gate, errors, begun = asyncio.Semaphore(self.plan.parallel), [], time.perf_counter()

        async def one(receiver: Receiver) -> None:
            def closed() -> None:
                receiver.closed = True

            async with gate:
                try:
                    await self.driver.connect(receiver.client, self._on_payload(receiver), closed)
                except Exception as error:  # noqa: BLE001 (counted and shown)
                    errors.append(repr(error)[:200])

        await asyncio.gather(*(one(receiver) for receiver in receivers))
        took = time.perf_counter() - begun
        first = errors[0] if errors else None
        return {"per_second": round(len(receivers) / took), "errors": len(errors), "first_error": first}

    # --- sending ------------------------------------------------------------------------------------------
    def _send(self, client: Client) -> int:
        number = len(self.sent)
        self.sent.append((client.number, time.perf_counter_ns()))
        task = asyncio.ensure_future(self._post(client, f"LGM{number:09d} {_FILLER}"))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)
        return number

    async def _post(self, client: Client, text: str) -> None:
        try:
            await self.driver.send_http(client, text)
        except Exception as error:  # noqa: BLE001 (counted; the run goes on)
            self.errors.append(repr(error)[:200])

    async def load(self, seconds: float) -> None:
        """Sends for so long."""
        order = random.Random(7)
        clients = [receiver.client for receiver in self.receivers if not receiver.closed]
        if self.plan.rate:
            await self._at_a_rate(clients, seconds, order)
        else:
            chosen = order.sample(clients, min(self.plan.window, len(clients)))
            end = time.perf_counter() + seconds
            await asyncio.gather(*(self._one_after_another(client, end) for client in chosen))
        await self._drain()

    async def _at_a_rate(self, clients: list[Client], seconds: float, order: random.Random) -> None:
        begun, rate = time.perf_counter(), self.plan.rate
        for sent in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + sent / rate - time.perf_counter()))
            self._send(order.choice(clients))

    async def _one_after_another(self, client: Client, end: float) -> None:
        while time.perf_counter() < end:
            future = asyncio.get_running_loop().create_future()
            self._own[len(self.sent)] = future
            self._send(client)
            try:
                await asyncio.wait_for(future, 10)
            except TimeoutError:
                self.errors.append("own message not seen in 10 s")

    async def _drain(self) -> None:
        end, expected = time.perf_counter() + self.plan.drain, self._expected(0)
        while time.perf_counter() < end and (self.arrived < expected or self._posts):  # noqa: ASYNC110 (two sources)
            await asyncio.sleep(0.02)

    def _members(self) -> list[int]:
        members = [0] * self.plan.conversations
        for receiver in self.receivers:
            members[receiver.client.conversation] += 1
        return members

    def _expected(self, first: int) -> int:
        members = self._members()
        return sum(members[self.receivers[client].client.conversation] for client, _ in self.sent[first:])

    # --- the whole ----------------------------------------------------------------------------------------
    async def chat(self) -> dict:
        """Connects, warms up, measures; the report."""
        await self.driver.setup([receiver.client for receiver in self.receivers], self.plan.conversations)
        connect = await self.connect(self.receivers)
        if connect["errors"]:
            return {"failed": f"connect: {connect['first_error']}"}
        if self.plan.warmup:
            await self.load(self.plan.warmup)
        report = await self.measured()
        await self.driver.close([receiver.client for receiver in self.receivers])
        return report | {"connect": connect}

    async def measured(self) -> dict:
        """One measured stretch among the open sockets."""
        first, begun = len(self.sent), time.perf_counter()
        self.meter.start()
        await self.load(self.plan.seconds)
        took = time.perf_counter() - begun
        return self._report(first, took, self.meter.stop())

    def _report(self, first: int, took: float, cpu: dict[str, float]) -> dict:
        count = len(self.sent) - first
        late, counts = self._outcome(first)
        last = max((at for receiver in self.receivers for _, at in receiver.got[-1:]), default=0)
        busy = max(0.001, (last - self.sent[first][1]) / 1e9) if count else took
        share = {
            f"cpu_{name}_s_per_1k": round(s / count * 1000, 3) for name, s in cpu.items() if name != "foreign" and count
        }
        return {
            "sent": count,
            "sent_per_s": round(count / min(took, max(busy, self.plan.seconds)), 1),
            "delivered": len(late),
            "delivered_per_s": round(len(late) / busy, 1),
            "latency_ms": percentiles(late),
            "lost": self._expected(first) - len(late),
            **counts,
            "send_errors": len(self.errors),
            "first_send_error": self.errors[0] if self.errors else None,
            "dropped_connections": sum(receiver.closed for receiver in self.receivers),
            "cpu_s": cpu,
            **share,
            "foreign_cpu_share": round(cpu["foreign"] / took, 3),
        }

    def _outcome(self, first: int) -> tuple[list[int], dict[str, int]]:
        """Latencies in ns of all first deliveries since message `first`, and what went wrong."""
        late: list[int] = []
        doubled = disordered = misrouted = 0
        for receiver in self.receivers:
            seen: set[int] = set()
            newest: dict[int, int] = {}  # sender -> their newest message here
            for number, at in receiver.got:
                if number < first:
                    continue
                sender, sent_at = self.sent[number]
                if number in seen:
                    doubled += 1
                    continue
                seen.add(number)
                late.append(at - sent_at)
                misrouted += self.receivers[sender].client.conversation != receiver.client.conversation
                disordered += number < newest.get(sender, -1)
                newest[sender] = max(number, newest.get(sender, -1))
        return late, {"duplicated": doubled, "out_of_order": disordered, "misrouted": misrouted}


def percentiles(values: list[int]) -> dict[str, float]:
    """p50, p95, p99 and max of nanoseconds, in milliseconds."""
    if not values:
        return {}
    ordered = sorted(values)

    def cut(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6, 2)

    return {"p50": cut(0.5), "p95": cut(0.95), "p99": cut(0.99), "max": round(ordered[-1] / 1e6, 2)}


def resident_kib(pids: list[int]) -> float:
    """Resident memory of the trees in KiB."""
    total = 0
    for pid in {one for root in pids for one in machine.tree(root)}:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total / 1024
