"""The figures of a run as tables: on the terminal, in bench/results/latest.json and in docs/performance.md."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence

from bench import goals, machine
from bench.goals import Goal, Results
from bench.servers import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"
DOCS = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures: written by the benchmark -->", "<!-- end of figures -->"
_PATHS = re.compile(r"(?:/[\w.@+-]+){2,}/?")


def write(results: Results, *, quick: bool, whole: bool, lab: str) -> list[Goal]:
    """Prints everything and keeps it; only a whole, unhurried run goes into the documentation."""
    judged = goals.judge(results)
    facts = machine.facts() | {"generator": lab}
    text = "\n\n".join(_sections(results, judged, facts, quick=quick))
    print(f"\n{text}\n", flush=True)
    for row in results:
        if "failed" in row:
            row["failed"] = _PATHS.sub("…", str(row["failed"]))
    kept = {
        "date": time.strftime("%Y-%m-%d"),
        "quick": quick,
        "machine": facts,
        "goals": [goal.as_dict() for goal in judged],
        "results": results,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    if whole and not quick:
        _into_docs(text)
    return judged


def _into_docs(text: str) -> None:
    page = DOCS.read_text()
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCS.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}")


def _sections(results: Results, judged: Sequence[Goal], facts: dict[str, str], *, quick: bool) -> Iterable[str]:
    command = "`make bench ARGS=--quick`" if quick else "`make bench`"
    about = ", ".join(f"{name} {value}" for name, value in facts.items())
    yield f"Measured on {time.strftime('%-d %B %Y')} by {command}. Machine: {about}."
    busy = [row for row in results if row["part"] == "foreign" and row["cores"] > 0.2]
    if busy:
        most = max(row["cores"] for row in busy)
        yield f"**Other work took up to {most:g} cores meanwhile: times are upper bounds, only ratios are facts.**"
    yield _goals(judged)
    for part in (_chat, _fanout, _idle, _pages, _search, _directory, _rest):
        if section := part(results):
            yield section


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table that reads well as plain text, too; numbers to the right."""
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[n]) for line in [list(head), *lines]) for n in range(len(head))]
    right = [all(re.fullmatch(r"[-\d.,/ ]*", line[n]) for line in lines) for n in range(len(head))]

    def show(line: Sequence[str]) -> str:
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)]
        return f"| {' | '.join(cells)} |"

    rule = [("-" * (w - 1) + ":") if r else "-" * w for w, r in zip(widths, right, strict=True)]
    return "\n".join([show(head), show(rule), *map(show, lines)])


def _goals(judged: Sequence[Goal]) -> str:
    rows = [(goal.title, goal.wanted, goal.found, goal.word) for goal in judged]
    return "### Goals\n\n" + table(["goal", "wanted", "found", ""], rows)


def _good(results: Results, *parts: str) -> list[dict]:
    return [row for row in results if row["part"] in parts and "failed" not in row]


def _times(late: dict | None) -> str:
    return " / ".join(f"{late[name]:.1f}" for name in ("p50", "p95", "p99")) if late else ""


def _cpu(row: dict, name: str) -> str:
    value = row.get(f"cpu_{name}_s_per_1k")
    return "" if value is None else f"{value:.2f}"


def _chat(results: Results) -> str:
    rows = [
        (
            row["target"], row["load"], f"{row['sent_per_s']:.0f}", _times(row["latency_ms"]),
            *(_cpu(row, name) for name in ("web", "worker", "beat", "pg", "valkey", "servers", "generator")),
            f"{row['lost']} / {row['duplicated']} / {row['out_of_order']}", row["send_errors"],
        )
        for row in _good(results, "chat", "teams")
    ]  # fmt: skip
    if not rows:
        return ""
    head = [
        "target", "load", "msg/s", "p50 / p95 / p99 ms", "web", "worker", "beat", "PostgreSQL", "Valkey", "servers",
        "generator", "lost / doubled / disordered", "refused",
    ]  # fmt: skip
    words = (
        "300 agents' sockets, 100 conversations, three people in each with the thread open; every message by POST and "
        "seen by all three. The columns from web to generator: CPU seconds per 1,000 messages. “Saturation”: 64 POSTs "
        "under way. The references store one row and send one frame; Memo does its whole work."
    )
    return f"### Messages\n\n{words}\n\n{table(head, rows)}"


def _fanout(results: Results) -> str:
    rows = [
        (
            row["target"], row["load"], f"{row['sent_per_s']:.0f}", f"{row['delivered_per_s']:.0f}",
            row["app_us_per_delivery"], row["app_us_per_message"], _times(row["latency_ms"]),
        )
        for row in _good(results, "fanout")
        if "app_us_per_delivery" in row
    ]  # fmt: skip
    head = [
        "target",
        "members",
        "msg/s",
        "deliveries/s",
        "web µs per delivery",
        "web µs per message",
        "p50 / p95 / p99 ms",
    ]
    return f"### Fan-out\n\n32 POSTs under way.\n\n{table(head, rows)}" if rows else ""


def _idle(results: Results) -> str:
    rows = []
    for row in _good(results, "idle"):
        step, cpu, probe = row["steps"][-1], row["idle_cpu_share"], row.get("probe") or {}
        rows.append(
            (
                row["target"], row["load"], step["connect_per_s"], step["cpu_ms_per_connect"],
                step["rss_kib_per_conn"]["web"], f"{cpu['web']:.3f}", f"{cpu['servers']:.3f}", row["dropped"],
                _times(probe.get("latency_ms")),
            )
        )  # fmt: skip
    head = [
        "target", "load", "connects/s", "CPU ms per connect", "web KiB per socket", "idle cores, web",
        "idle cores, all", "dropped", "then 20 msg/s among them, ms",
    ]  # fmt: skip
    words = "Signed-in sockets with a thread open each, heartbeats and acknowledgements going on."
    return f"### Idle sockets\n\n{words}\n\n{table(head, rows)}" if rows else ""


def _pages(results: Results) -> str:
    rows = [
        (
            row["target"], row["load"], f"{row['conversations']:,}", f"{row['p50']:.1f} / {row['p95']:.1f}",
            f"{row['cpu_ms']:.1f}", f"{row['pg_cpu_ms']:.1f}", row["queries"], f"{row['bytes'] / 1000:.0f}",
        )
        for row in _good(results, "pages")
    ]  # fmt: skip
    head = ["page", "as", "conversations", "p50 / p95 ms", "web CPU ms", "PostgreSQL CPU ms", "queries", "kB"]
    return (
        f"### Pages\n\nOver HTTP on daphne with a session, one request at a time.\n\n{table(head, rows)}"
        if rows
        else ""
    )


def _search(results: Results) -> str:
    rows = [
        (
            row["target"], row["load"], f"{row['messages']:,}", f"{row['p50']:.1f} / {row['p95']:.1f}",
            f"{row['cpu_ms']:.1f}", f"{row['pg_cpu_ms']:.1f}", row["queries"], f"{row['bytes'] / 1000:.0f}",
        )
        for row in _good(results, "search")
    ]  # fmt: skip
    head = ["search", "as", "messages", "p50 / p95 ms", "web CPU ms", "PostgreSQL CPU ms", "queries", "kB"]
    words = "All messages are one company's; a frequent word stands in a third of them. The whole page, as above."
    return f"### Search\n\n{words}\n\n{table(head, rows)}" if rows else ""


def _directory(results: Results) -> str:
    rows = [
        (
            row["target"], f"{row['companies']:,}", f"{row['p50']:.1f} / {row['p95']:.1f}", f"{row['cpu_ms']:.1f}",
            f"{row['pg_cpu_ms']:.1f}", row["queries"], f"{row['bytes'] / 1000:.0f}",
        )
        for row in _good(results, "directory")
    ]  # fmt: skip
    head = ["page", "companies", "p50 / p95 ms", "web CPU ms", "PostgreSQL CPU ms", "queries", "kB"]
    words = "Ten users to a company; a third has a channel. Asked for like the pages above."
    return f"### Directory\n\n{words}\n\n{table(head, rows)}" if rows else ""


def _rest(results: Results) -> str:
    row = next(iter(_good(results, "rest")), None)
    if row is None:
        return ""
    rows = [*((name, f"{size:.1f}") for name, size in row["pss_mb"].items()), ("together", f"{row['total_mb']:.1f}")]
    words = f"`manage.py run` without visitors; it uses {row['idle_cores']:.3f} cores beside PostgreSQL and Valkey."
    return f"### At rest\n\n{words}\n\n{table(['process', 'MB (shared pages divided)'], rows)}"
