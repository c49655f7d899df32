"""Part “directory”: the directory of companies and one company's page, at 1,000 and at 100,000 companies."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

from bench import machine, servers
from bench.pages import ask
from bench.talking import Bench
from ui.paging import encode

SMALL, LARGE, LARGE_QUICK = (1_000, 10_000), (100_000, 1_000_000), (10_000, 100_000)
_WARM = 5


def directory(bench: Bench) -> None:
    """Every page with a session of its own: a user may ask for sixty a minute."""
    requests = 10 if bench.quick else 50
    for companies, users in (SMALL, LARGE_QUICK if bench.quick else LARGE):
        file, begun = bench.stack.home / "directory.json", time.monotonic()
        servers.manage(bench.stack, "bench.listing", str(companies), str(users), str(file))
        known = json.loads(file.read_text())
        size = f"{known['companies']:,} companies, {known['users']:,} users"
        bench.say(f"  {size} written in {time.monotonic() - begun:.0f} s")
        with servers.product(bench.stack, "daphne") as product:
            accounts = product.accounts()
            for (title, path), cookie in zip(_paths(known).items(), known["sessions"], strict=False):
                queries = json.loads(servers.manage(bench.stack, "bench.counting", known["sessions"][-1], path))
                before = {name: machine.cpu_seconds(accounts[name]) for name in ("web", "pg")}
                found = ask(product.url, path, cookie, requests)
                used = {name: machine.cpu_seconds(accounts[name]) - before[name] for name in before}
                cpu = {name: round(seconds / (_WARM + requests) * 1000, 1) for name, seconds in used.items()}
                found |= {"cpu_ms": cpu["web"], "pg_cpu_ms": cpu["pg"], "queries": queries[path]}
                row = {"part": "directory", "target": title, "load": "user", "companies": known["companies"]}
                bench.results.append(row | found)
                times = f"p50 {found['p50']} p95 {found['p95']} ms" if "p50" in found else found["failed"]
                bench.say(f"  {title:<34} {times}, CPU {cpu['web']} + {cpu['pg']} ms, {found['queries']} queries")


def _paths(known: dict) -> dict[str, str]:
    middle = encode(["lichthaus", 0])
    searches = {
        "search, rare word": "zyxwvut",
        "search, common word": "gmbh",
        "search, town without accent": "lubeck",
        "search, two words": "nordlicht graz",
        "search, inside a word": "logist",
        "search, two letters": "ab",
        "search, two rare letters": "qx",
        "search, nothing found": "nowherenothing",
    }
    return {
        "directory, first page": "/companies/",
        "directory, from the middle": f"/companies/?after={middle}",
        **{title: f"/companies/?q={quote(words)}" for title, words in searches.items()},
        "directory, one country": "/companies/?country=Sweden",
        "directory, with channels": "/companies/?channels=1",
        "search, country and channels": "/companies/?q=lamps&country=Austria&channels=1",
        "a company's page": f"/companies/{known['slug']}/",
    }
