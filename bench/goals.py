"""Which figures were promised, and whether a run reached them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

Results = list[dict]
_AS_MUCH = 1.2  # pages that differ less in their bytes show the same


@dataclass(frozen=True)
class Goal:
    """A promise and what a run says to it; `reached` is None when the run did not measure it."""

    title: str
    wanted: str
    found: str
    reached: bool | None

    def as_dict(self) -> dict:
        return asdict(self)

    @property
    def word(self) -> str:
        return {True: "reached", False: "NOT reached", None: "not measured"}[self.reached]


def find(results: Results, part: str, target: str, load: str) -> dict | None:
    """The last good result of this part whose target starts so."""
    rows = [row for row in results if row["part"] == part and row["target"].startswith(target) and row["load"] == load]
    return next((row for row in reversed(rows) if "failed" not in row), None)


def judge(results: Results) -> list[Goal]:
    """Every promise with its figure."""
    return [
        *_messages(results), _fanout(results), _nothing_wrong(results), _socket(results), *_pages(results),
        _growth(results), _search(results), _directory(results), _memory(results),
    ]  # fmt: skip


def _at_most(title: str, limit: float, value: float | None, unit: str) -> Goal:
    return _goal(title, f"≤ {limit:g} {unit}", value, unit, None if value is None else value <= limit)


def _at_least(title: str, limit: float, value: float | None, unit: str) -> Goal:
    return _goal(title, f"≥ {limit:g} {unit}", value, unit, None if value is None else value >= limit)


def _goal(title: str, wanted: str, value: float | None, unit: str, reached: bool | None) -> Goal:
    return Goal(title, wanted, "" if value is None else f"{value:g} {unit}", reached)


def _messages(results: Results) -> list[Goal]:
    full = find(results, "chat", "Memo on daphne", "saturation")
    usual = find(results, "chat", "R3 usual", "saturation") or find(results, "chat", "usual", "saturation")
    fifty = find(results, "chat", "Memo on daphne", "50/s")
    rate = full["sent_per_s"] if full else None
    ratio = round(rate / usual["sent_per_s"], 1) if rate and usual else None
    return [
        _at_least("saturation by POST, daphne", 360, rate, "msg/s"),
        _at_least("the stretch goal of the same", 900, rate, "msg/s"),
        _at_least("against the usual Channels set-up", 1.5, ratio, "times its msg/s"),
        _at_most("send to delivery at 50/s, p99, daphne", 15, fifty["latency_ms"]["p99"] if fifty else None, "ms"),
        _at_most("CPU of all servers at saturation", 3, full and full["cpu_servers_s_per_1k"], "s per 1,000 messages"),
    ]


def _fanout(results: Results) -> Goal:
    ours = find(results, "fanout", "Memo on daphne", "100 members")
    bare = find(results, "fanout", "R1: bare", "100 members") or find(results, "fanout", "bare ASGI on", "100 members")
    ratio = None
    if ours and bare:
        ratio = round(ours["app_us_per_delivery"] / bare["app_us_per_delivery"], 1)
    return _at_most("web CPU per delivery at 100 members", 4, ratio, "times the bare reference")


def _nothing_wrong(results: Results) -> Goal:
    runs = [row for row in results if row["target"].startswith("Memo") and "lost" in row]
    runs += [row["probe"] for row in results if row["part"] == "idle" and "probe" in row]
    counts = ("lost", "duplicated", "out_of_order", "misrouted", "send_errors")
    wrong = sum(run[name] for run in runs for name in counts)
    return _at_most("lost, doubled, out of order, misrouted, refused", 0, wrong if runs else None, "messages")


def _socket(results: Results) -> Goal:
    rows = (row for row in results if row["part"] == "idle" and "daphne" in row["target"])
    row = next((row for row in rows if "steps" in row and not row["steps"][-1]["connect_errors"]), None)
    value = row["steps"][-1]["rss_kib_per_conn"]["web"] if row else None
    return _at_most("memory per idle signed-in socket, daphne", 40, value, "KiB")


def _worst(results: Results, title: str, figure: str, conversations: int) -> float | None:
    rows = [row for row in results if row["part"] == "pages" and row["target"] == title]
    rows = [row for row in rows if row["conversations"] == conversations and figure in row]
    return max((row[figure] for row in rows), default=None)


def _sizes(results: Results) -> list[int]:
    return sorted({row["conversations"] for row in results if row["part"] == "pages"})


def _pages(results: Results) -> list[Goal]:
    sizes = _sizes(results)
    large = sizes[-1] if sizes else 0
    size = f" at {large:,} conversations" if large else ""
    return [
        _at_most(f"{title}{size}, {figure}", limit, _worst(results, title, figure, large), "ms")
        for title in ("inbox page", "thread page")
        for figure, limit in (("p50", 25), ("p95", 50))
    ]


def _growth(results: Results) -> Goal:
    """Of pages that show as much at both sizes: a folder that holds a few rows among 1,000 is a full page later."""
    sizes = _sizes(results)
    if len(sizes) < 2:
        return Goal("pages do not grow with the data", "≤ 1.3 times", "", None)
    pages = [row for row in results if row["part"] == "pages" and row.get("cpu_ms")]
    small, large = (
        {(row["target"], row["load"]): row for row in pages if row["conversations"] == size}
        for size in (sizes[0], sizes[-1])
    )
    ratios = {
        f"{target} as {load}": large[target, load]["cpu_ms"] / row["cpu_ms"]
        for (target, load), row in small.items()
        if (target, load) in large and large[target, load]["bytes"] <= row["bytes"] * _AS_MUCH
    }
    title, ratio = max(ratios.items(), key=lambda pair: pair[1], default=("", 0.0))
    wanted = f"CPU at {sizes[-1]:,} ≤ 1.3 times that at {sizes[0]:,}"
    return Goal("pages do not grow with the data", wanted, f"{ratio:.2f} times ({title})", ratio <= 1.3)


def _search(results: Results) -> Goal:
    rows = [row for row in results if row["part"] == "search" and "p95" in row]
    large = max((row["messages"] for row in rows), default=0)
    worst = max((row["p95"] for row in rows), default=None)
    return _at_most(f"search in {large:,} messages, slowest page, p95" if large else "search", 300, worst, "ms")


def _directory(results: Results) -> Goal:
    rows = [row for row in results if row["part"] == "directory" and "p95" in row]
    large = max((row["companies"] for row in rows), default=0)
    worst = max((row["p95"] for row in rows if row["companies"] == large), default=None)
    return _at_most(f"directory at {large:,} companies, slowest page, p95" if large else "directory", 50, worst, "ms")


def _memory(results: Results) -> Goal:
    row = next((row for row in results if row["part"] == "rest"), None)
    return _at_most("all processes together at rest", 500, row and row["total_mb"], "MB")
