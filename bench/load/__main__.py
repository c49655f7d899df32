"""`python -m bench.load chat|idle --driver FILE:CLASS --url ADDRESS …`: one run, its report as one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import json
import resource
import sys
import time

import uvloop

from bench.load.driver import Driver
from bench.load.run import Meter, Plan, Run, resident_kib


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("chat", "idle"):
        one = commands.add_parser(name)
        one.add_argument("--driver", default="ref", help="ref, or a file and a class in it")
        one.add_argument("--url", required=True)
        one.add_argument("--opt", action="append", default=[], metavar="NAME=VALUE")
        one.add_argument("--server", action="append", default=[], metavar="NAME=PID,PID")
        one.add_argument("--source-ips", help="taken for the other generator's sake; connections come from 127.0.0.1")
        one.add_argument("--limit", type=float, default=300)
    chat, idle = commands.choices["chat"], commands.choices["idle"]
    chat.add_argument("-n", type=int, default=300)
    chat.add_argument("-m", type=int, default=100)
    chat.add_argument("--rate", type=float, default=0)
    chat.add_argument("--window", type=int, default=64)
    chat.add_argument("--seconds", type=float, default=8)
    chat.add_argument("--warmup", type=float, default=2)
    chat.add_argument("--via", choices=["http"], default="http")
    idle.add_argument("--steps", type=int, default=2000)
    idle.add_argument("--per-conversation", type=int, default=2)
    idle.add_argument("--hold", type=float, default=15)
    idle.add_argument("--probe-rate", type=float, default=20)
    idle.add_argument("--probe-seconds", type=float, default=4)
    return parser.parse_args()


def _driver(name: str) -> type[Driver]:
    file, _, kind = name.partition(":")
    if file == "ref":
        return Driver
    spec = importlib.util.spec_from_file_location("bench_load_driver", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, kind)


async def _idle(driver: Driver, given: argparse.Namespace, groups: dict[str, list[int]]) -> dict:
    """Opens the sockets, reads memory and CPU, holds them, then sends a little among them."""
    plan = Plan(
        given.steps,
        max(1, given.steps // given.per_conversation),
        given.probe_rate,
        seconds=given.probe_seconds,
        warmup=0,
    )
    run, meter = Run(driver, plan, groups), Meter(groups)
    await driver.setup([receiver.client for receiver in run.receivers], plan.conversations)
    before = {name: resident_kib(pids) for name, pids in groups.items()}
    meter.start()
    connect = await run.connect(run.receivers)
    cpu = meter.stop()
    await asyncio.sleep(2)
    step = {
        "connections": given.steps,
        "connect_per_s": connect["per_second"],
        "connect_errors": connect["errors"],
        "first_error": connect["first_error"],
        "cpu_ms_per_connect": round(cpu["servers"] / given.steps * 1000, 3),
        "rss_kib_per_conn": {n: round((resident_kib(p) - before[n]) / given.steps, 2) for n, p in groups.items()},
    }
    meter.start()
    begun = time.perf_counter()
    await asyncio.sleep(given.hold)
    took = time.perf_counter() - begun
    idle = {name: round(seconds / took, 4) for name, seconds in meter.stop().items()}
    dropped = sum(receiver.closed for receiver in run.receivers)
    probe = await run.measured() if not connect["errors"] else {}
    await driver.close([receiver.client for receiver in run.receivers])
    return {"steps": [step], "hold_s": round(took, 1), "idle_cpu_share": idle, "dropped": dropped, "probe": probe}


async def _main(given: argparse.Namespace) -> dict:
    driver = _driver(given.driver)(given.url, dict(option.split("=", 1) for option in given.opt))
    groups: dict[str, list[int]] = {}
    for spec in given.server:
        name, _, pids = spec.partition("=")
        groups[name] = [int(pid) for pid in pids.split(",")]
    if given.command == "idle":
        return await asyncio.wait_for(_idle(driver, given, groups), given.limit)
    plan = Plan(given.n, given.m, given.rate, given.window, given.seconds, given.warmup)
    return await asyncio.wait_for(Run(driver, plan, groups).chat(), given.limit)


def main() -> int:
    """Runs and prints; 1 when the run failed."""
    given = _arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # the clock's own process must not stop to collect
    try:
        report = uvloop.run(_main(given))
    except TimeoutError:
        report = {"failed": f"not done within {given.limit:g} s"}
    json.dump(report, sys.stdout)
    print()
    return 1 if "failed" in report else 0


if __name__ == "__main__":
    sys.exit(main())
