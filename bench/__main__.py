"""`python -m bench [--quick] [--only chat,pages,search,…]`: measures, prints and keeps figures."""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator

from bench import lab, machine, report, resting, servers, talking
from bench.directory import directory
from bench.pages import pages
from bench.searching import searching
from bench.servers import Trouble
from memo.embedded import EmbeddedError

PARTS = {
    "chat": talking.latency,
    "fanout": talking.fanout,
    "idle": talking.idle,
    "pages": pages,
    "search": searching,
    "directory": directory,
    "rest": resting.rest,
}
_ALONE = servers.DEV / "bench" / "running"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in two minutes, with rough figures")
    parser.add_argument("--only", default="", metavar="NAMES", help=f"some of {', '.join(PARTS)}, by comma")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="N times the conversations and messages")
    parser.add_argument("--keep-docs", action="store_true", help="do not rewrite docs/performance.md")
    given = parser.parse_args()
    wanted = [name for name in given.only.split(",") if name]
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if not 1 <= given.times <= 20:
        parser.error("--times is a number from 1 to 20")
    given.parts = wanted or list(PARTS)
    return given


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two benchmarks at once would measure each other."""
    import fcntl  # noqa: PLC0415 (absent on Windows)

    _ALONE.parent.mkdir(parents=True, exist_ok=True)
    with _ALONE.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("Another benchmark runs in this checkout: wait for its end.") from None
        yield


def _measure(given: argparse.Namespace, laboratory: lab.Lab) -> list[dict]:
    begun, results = time.monotonic(), []

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {text}", flush=True)

    for remark in laboratory.missing:
        say(remark)
    with servers.stack() as stack:
        servers.install(stack)
        if set(given.parts) & {"chat", "fanout", "idle"}:
            servers.manage(stack, "bench.prepare", str(stack.home))
            lab.make_tables(laboratory, stack)
        bench = talking.Bench(stack, laboratory, given.quick, results, say, given.times)
        for name in given.parts:
            say(f"{name} …")
            with machine.foreign_work(results, name):
                PARTS[name](bench)
    say("done")
    return results


def main() -> int:
    """Measures the parts that were asked for; 0 when nothing failed (a missed goal is a figure, not a failure)."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.chdir(servers.ROOT)
    try:
        with _one_at_a_time():
            laboratory = lab.make()
            results = _measure(given, laboratory)
    except (Trouble, EmbeddedError) as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    whole = given.parts == list(PARTS) and given.times == 1 and not given.keep_docs
    report.write(results, quick=given.quick, whole=whole, lab=laboratory.name)
    return 1 if any("failed" in row for row in results) else 0


if __name__ == "__main__":
    sys.exit(main())
