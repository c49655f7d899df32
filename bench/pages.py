"""Part “pages”: inbox, thread, counts and catch-up over HTTP at 1,000 and at 100,000 conversations."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from urllib.parse import urlsplit

from bench import machine, servers
from bench.servers import Product
from bench.talking import Bench

SMALL, LARGE = (1_000, 10_000), (100_000, 1_000_000)
LARGE_QUICK = (10_000, 100_000)
_WARM = 5


def pages(bench: Bench) -> None:
    """The same pages at both sizes, as the company's admin (every inbox) and as a team member (three of eight)."""
    requests = 10 if bench.quick else 50
    for conversations, messages in (SMALL, bench.large(LARGE_QUICK, LARGE)):
        file, begun = bench.stack.home / "pages.json", time.monotonic()
        servers.manage(bench.stack, "bench.generate", str(conversations), str(messages), str(file))
        known = json.loads(file.read_text())
        size = f"{known['conversations']:,} conversations, {known['messages']:,} messages"
        bench.say(f"  {size} written in {time.monotonic() - begun:.0f} s")
        with servers.product(bench.stack, "daphne") as product:
            for who, session in known["people"].items():
                if bench.quick and who == "admin":
                    continue
                _measure(bench, product, who, session["cookie"], _paths(known), conversations, requests)


def _paths(known: dict) -> dict[str, str]:
    usual, long = (f"/conversations/{known[name]}/" for name in ("conversation", "long_conversation"))
    return {
        "inbox page": "/conversations/",
        "inbox page, assigned to me": f"/conversations/?inbox={known['inbox']}&view=mine",
        "inbox page, closed": "/conversations/?view=closed",
        "thread page": usual,
        "thread page, long": long,
        "folder counts": "/conversations/state/",
        "messages after": f"{usual}messages/?after=3",
    }


def _measure(
    bench: Bench, product: Product, who: str, cookie: str, paths: dict[str, str], conversations: int, requests: int
) -> None:
    queries = json.loads(servers.manage(bench.stack, "bench.counting", cookie, *paths.values()))
    accounts = product.accounts()
    for title, path in paths.items():
        before = {name: machine.cpu_seconds(accounts[name]) for name in ("web", "pg")}
        found = ask(product.url, path, cookie, requests)
        used = {name: machine.cpu_seconds(accounts[name]) - before[name] for name in before}
        cpu = {name: round(seconds / (_WARM + requests) * 1000, 1) for name, seconds in used.items()}
        found |= {
            "cpu_ms": cpu["web"],
            "pg_cpu_ms": cpu["pg"],
            "queries": queries[path],
            "conversations": conversations,
        }
        bench.results.append({"part": "pages", "target": title, "load": who, **found})
        times = f"p50 {found['p50']} p95 {found['p95']} ms" if "p50" in found else found["failed"]
        bench.say(f"  {title:<28} {who:<7} {times}, CPU {cpu['web']} + {cpu['pg']} ms, {found['queries']} queries")


def ask(url: str, path: str, cookie: str, requests: int) -> dict:
    """Milliseconds from the request to the last byte over one kept connection, after a warm-up."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    times, body = [], b""
    try:
        for number in range(_WARM + requests):
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
            response = connection.getresponse()
            body = response.read()
            if number >= _WARM:
                times.append((time.perf_counter() - begun) * 1000)
            if response.status != 200:
                return {"failed": f"{path} answered {response.status}"}
    finally:
        connection.close()
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "max": round(max(times), 1), "bytes": len(body)}
