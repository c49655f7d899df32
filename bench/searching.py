"""Part “search”: one company's messages searched over HTTP, as its admin (every inbox) and as a team member."""

from __future__ import annotations

import json
from urllib.parse import quote

import redis

from bench import machine, servers
from bench.pages import ask
from bench.servers import Product
from bench.talking import Bench

LARGE, LARGE_QUICK = (100_000, 1_000_000), (10_000, 100_000)
_WARM = 5


def searching(bench: Bench) -> None:
    """Frequent and rare words, parts of words, people, filters."""
    conversations, messages = bench.large(LARGE_QUICK, LARGE)
    for module, name in (("bench.generate", "search.json"), ("bench.wording", "wording.json")):
        sizes = [str(conversations), str(messages)] if module == "bench.generate" else []
        servers.manage(bench.stack, module, *sizes, str(bench.stack.home / name))
    known = json.loads((bench.stack.home / "search.json").read_text())
    wording = json.loads((bench.stack.home / "wording.json").read_text())
    bench.say(
        f"  {wording['lines']:,} messages searchable after {wording['seconds']} s, "
        f"{wording['mb']} MB of which {wording['index_mb']} MB index"
    )
    requests = 5 if bench.quick else 25
    with servers.product(bench.stack, "daphne") as product:
        for who, session in known["people"].items():
            for title, path in PATHS.items():
                _unlimited(bench)
                _measure(bench, product, who, session["cookie"], title, path, wording["lines"], requests)


def _unlimited(bench: Bench) -> None:
    """A member may search sixty times a minute; the benchmark begins each minute anew."""
    valkey = redis.Redis.from_url(bench.stack.urls["valkey"])
    for key in valkey.scan_iter("memo:*:limit:search:*"):
        valkey.delete(key)


def _path(words: str, rest: str = "") -> str:
    return f"/search/?q={quote(words)}{rest}"


PATHS = {
    "frequent word": _path("Bestellung"),
    "two frequent words": _path("Paket faktura"),
    "rare word": _path("Zyklotronwagen"),
    "part of a rare word": _path("klotron"),
    "word that is nowhere": _path("nirgendwo"),
    "frequent and rare word": _path("lamp quittenbrot"),
    "beginning of words": _path("abc"),
    "person's address": _path("person77@mail.example"),
    "part of many names": _path("isito"),
    "number": _path("#4711"),
    "frequent word of last year": _path("lamp", "&to=2025-12-01"),
    "frequent word, one person": _path("lamp", "&person=person77"),
    "frequent word, internal ones": _path("lamp", "&kind=internal"),
    "eight words": _path("guten tag ich habe eine frage zu meiner"),
}


def _measure(
    bench: Bench, product: Product, who: str, cookie: str, title: str, path: str, lines: int, requests: int
) -> None:
    queries = json.loads(servers.manage(bench.stack, "bench.counting", cookie, path))
    accounts = product.accounts()
    before = {name: machine.cpu_seconds(accounts[name]) for name in ("web", "pg")}
    found = ask(product.url, path, cookie, requests)
    used = {name: machine.cpu_seconds(accounts[name]) - before[name] for name in before}
    cpu = {name: round(seconds / (_WARM + requests) * 1000, 1) for name, seconds in used.items()}
    found |= {"cpu_ms": cpu["web"], "pg_cpu_ms": cpu["pg"], "queries": queries[path], "messages": lines}
    bench.results.append({"part": "search", "target": title, "load": who, **found})
    times = f"p50 {found['p50']} p95 {found['p95']} ms" if "p50" in found else found["failed"]
    bench.say(f"  {title:<30} {who:<7} {times}, CPU {cpu['web']} + {cpu['pg']} ms, {found['queries']} queries")
