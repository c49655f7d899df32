"""Chat runs: send to delivery at a rate or at saturation, fan-out, many idle sockets; product and references alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import lab as labs
from bench import servers, shapes
from bench.lab import Lab, Reference
from bench.servers import Product, Stack
from bench.shapes import Shape

DRIVER = Path(__file__).resolve().parent / "driver.py"


@dataclass(frozen=True)
class Load:
    """One measured stretch: `rate` messages a second (open loop), or `window` under way at once (saturation)."""

    seconds: float
    rate: float = 0
    window: int = 0
    warmup: float = 2.0

    @property
    def title(self) -> str:
        return f"{self.rate:g}/s" if self.rate else "saturation"

    def arguments(self) -> list[str]:
        how = ["--rate", str(self.rate)] if self.rate else ["--window", str(self.window)]
        return ["--via", "http", *how, "--seconds", str(self.seconds), "--warmup", str(self.warmup)]


@dataclass
class Bench:
    """What all parts of a run share: servers, generator, and where to write figures and remarks. `times`: of how many
    times the usual number of conversations and messages pages and search are asked.
    """

    stack: Stack
    lab: Lab
    quick: bool
    results: list[dict]
    say: Callable[[str], None]
    times: int = 1

    def large(self, quick: tuple[int, int], usual: tuple[int, int]) -> tuple[int, int]:
        """How many conversations and messages the large size of this run has."""
        conversations, messages = quick if self.quick else usual
        return conversations * self.times, messages * self.times

    def loads(self) -> list[Load]:
        """The rates and saturation of the main table."""
        if self.quick:
            return [Load(3, rate=50, warmup=1), Load(3, window=64, warmup=1)]
        return [Load(8, rate=5), Load(8, rate=50), Load(6, rate=200), Load(8, window=64)]

    @property
    def web_servers(self) -> tuple[str, ...]:
        """The default one, and the other when there is time."""
        return ("daphne",) if self.quick else ("daphne", "uvicorn")

    def note(self, part: str, target: str, load: str, found: dict) -> dict:
        """Keeps one result and says it in a line."""
        row = {"part": part, "target": target, "load": load, **found}
        self.results.append(row)
        self.say(_line(row))
        return row


def _line(row: dict) -> str:
    head = f"  {row['target']:<38} {row['load']:<12}"
    if "failed" in row:
        return f"{head} failed: {str(row['failed'])[:300]}"
    late = row.get("latency_ms") or {}
    cpu = " ".join(
        f"{name[4:-9]} {row[name]:.2f}" for name in row if name.startswith("cpu_") and name.endswith("_s_per_1k")
    )
    bad = " ".join(f"{name} {row.get(name)}" for name in ("lost", "duplicated", "out_of_order", "send_errors"))
    times = "/".join(str(late.get(name)) for name in ("p50", "p95", "p99"))
    return f"{head} {row.get('sent_per_s', 0):>7} msg/s {times} ms · CPU s per 1,000: {cpu} · {bad}"


def _chat(bench: Bench, url: str, pids: dict[str, list[int]], shape: Shape, load: Load, driver: list[str]) -> dict:
    accounts = [part for name, ids in pids.items() for part in ("--server", f"{name}={','.join(map(str, ids))}")]
    size = ["-n", str(shape.agents), "-m", str(shape.conversations)]
    return bench.lab.generate(
        "chat", "--url", url, *driver, *accounts, *size, *load.arguments(), "--source-ips", "0",
        limit=load.seconds + load.warmup + 60,
    )  # fmt: skip


def chat_product(bench: Bench, product: Product, shape: Shape, load: Load) -> dict:
    """One run against the product, in a shape that bench.prepare has made."""
    driver = ["--driver", f"{DRIVER}:TargetDriver", "--opt", f"users={bench.stack.home / f'{shape.name}.json'}"]
    return _chat(bench, product.url, product.accounts(), shape, load, driver)


def chat_reference(bench: Bench, reference: Reference, address: str, pids: dict, shape: Shape, load: Load) -> dict:
    """The same against a reference; it has no users, so the shape is numbers only."""
    options = [part for option in reference.options for part in ("--opt", option)]
    return _chat(bench, address, pids, shape, load, ["--driver", "ref", *options])


def latency(bench: Bench) -> None:
    """Part “chat”: the main table; then the same messages in teams of 30."""
    for server in bench.web_servers:
        with servers.product(bench.stack, server) as product:
            for load in bench.loads():
                bench.note("chat", f"Memo on {server}", load.title, chat_product(bench, product, shapes.CHAT, load))
            if server == "daphne" and not bench.quick:
                for load in (Load(6, rate=50), Load(6, window=64)):
                    found = chat_product(bench, product, shapes.TEAMS, load)
                    bench.note("teams", f"Memo on {server}, teams of 30", load.title, found)
    for key in ("usual", "bare") if bench.quick else ("usual", "bare", "node"):
        reference = bench.lab.reference(key)
        if reference is None:
            continue
        with labs.running(reference, bench.stack) as (address, pids):
            for load in bench.loads():
                if load.rate != 5 and not (bench.quick and load.rate):
                    found = chat_reference(bench, reference, address, pids, shapes.CHAT, load)
                    bench.note("chat", reference.title, load.title, found)


def fanout(bench: Bench) -> None:
    """Part “fanout”: 1, 10 and 100 members with the thread open, 32 messages under way."""
    load = Load(3 if bench.quick else 4, window=32, warmup=1)
    lines = [shapes.HUNDRED] if bench.quick else [shapes.ONE, shapes.TEN, shapes.HUNDRED]
    for server in bench.web_servers:
        with servers.product(bench.stack, server) as product:
            for shape in lines:
                _note_fanout(bench, f"Memo on {server}", shape, chat_product(bench, product, shape, load))
    for key in ("bare",) if bench.quick else ("bare", "bare-unstored"):
        reference = bench.lab.reference(key)
        if reference:
            with labs.running(reference, bench.stack) as (address, pids):
                for shape in lines:
                    found = chat_reference(bench, reference, address, pids, shape, load)
                    _note_fanout(bench, reference.title, shape, found)


def _note_fanout(bench: Bench, target: str, shape: Shape, found: dict) -> None:
    if found.get("delivered"):
        found["app_us_per_delivery"] = round(found["cpu_s"]["web"] / found["delivered"] * 1e6, 1)
        found["app_us_per_message"] = round(found["cpu_s"]["web"] / found["sent"] * 1e6, 1)
    bench.note("fanout", target, f"{shape.members} members", found)


def idle(bench: Bench) -> None:
    """Part “idle”: 2,000 signed-in sockets with a thread open each: connects, memory, CPU, then messages among them."""
    shape = shapes.IDLE_QUICK if bench.quick else shapes.IDLE
    sockets = shape.agents
    for server in bench.web_servers:
        with servers.product(bench.stack, server) as product:
            time.sleep(1.0)
            accounts = [part for name, ids in product.accounts().items() for part in ("--server", f"{name}={ids[0]}")]
            found = bench.lab.generate(
                "idle", "--url", product.url, "--driver", f"{DRIVER}:TargetDriver",
                "--opt", f"users={bench.stack.home / f'{shape.name}.json'}", *accounts, "--source-ips", "0",
                "--steps", str(sockets), "--per-conversation", str(shape.members),
                "--hold", "5" if bench.quick else "12", "--probe-rate", "20", "--probe-seconds", "4", limit=240,
            )  # fmt: skip
        row = {"part": "idle", "target": f"Memo on {server}", "load": f"{sockets:,} sockets", **found}
        bench.results.append(row)
        bench.say(_idle_line(row))


def _idle_line(row: dict) -> str:
    if "failed" in row:
        return f"  {row['target']}: failed: {row['failed'][:300]}"
    step, late = row["steps"][-1], (row.get("probe") or {}).get("latency_ms") or {}
    memory, cpu = step["rss_kib_per_conn"].get("web"), row["idle_cpu_share"]
    return (
        f"  {row['target']:<24} {step['connect_per_s']} connects/s, {memory} KiB per socket, idle: web {cpu['web']} "
        f"of {cpu['servers']}, dropped {row['dropped']}, then {late.get('p50')}/{late.get('p99')} ms "
        f"{step.get('first_error') or ''}"
    )
