"""Measures quote cutter and classifier on labelled mails: python bench/mails.py FOLDER [--failures]."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CLASSES = {
    "person": "reply",
    "auto_reply": "auto-reply",
    "new": "reply",
    "forward": "reply",
    "bounce-delayed": "bounce",
}


@dataclass
class Result:
    """One mail: passed, exactly as labelled, and what was lost or shown too much."""

    name: str
    groups: tuple[str, ...]
    passed: bool
    exact: bool
    lost: list[str]
    leaked: list[str]
    seconds: float


def main() -> int:
    """Prints pass rates per group; 0 when the overall goal of 95 % is met."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, help="<source>/<name>.json beside <name>.txt, .html or .eml")
    arguments.add_argument("--failures", action="store_true", help="also print what was lost or leaked")
    given = arguments.parse_args()
    _load_django()
    labels = sorted(given.folder.glob("*/*.json"))
    if not labels:
        print(f"No labelled mails in {given.folder}.")
        return 2
    cut = [result for label in labels if (result := _cut(label))]
    classes = [result for label in labels if (result := _classify(label))]
    _print("quotes", cut)
    _print("classes", classes)
    if given.failures:
        _print_failures([*cut, *classes])
    times = [result.seconds * 1000 for result in cut]
    print(f"time per mail: median {statistics.median(times):.2f} ms, worst {max(times):.1f} ms")
    return 0 if sum(result.passed for result in cut) >= 0.95 * len(cut) else 1


def _load_django() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("MEMO_SECRET_KEY", "only-for-measuring-0123456789-0123456789-0123456789")
    os.environ.setdefault("MEMO_MAIL_DOMAIN", "in.firma.example")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memo.settings")
    importlib.import_module("django").setup()


def _cut(path: Path) -> Result | None:
    """A reply: every line of the new text shown, no line of the quote (white space and emphasis aside)."""
    split = importlib.import_module("mail.quoting").split
    label = json.loads(path.read_text())
    if label["format"] == "eml" or label.get("visible_text") is None:
        return None
    body = path.with_name(label["file"]).read_text(errors="replace")
    started = time.perf_counter()
    found = split(html=body) if label["format"] == "html" else split(text=body)
    seconds = time.perf_counter() - started
    shown = _plain(found.text)
    lost = [line for line in label["visible_text"].split("\n") if _plain(line) not in shown]
    unwanted = [] if label.get("interleaved") else label.get("must_not_contain", [])
    leaked = [line for line in unwanted if _plain(line) and _plain(line) in shown]
    exact = shown in {_plain(label["visible_text"]), _plain(label["visible_text"] + label.get("signature", ""))}
    trap = "traps" if "trap" in label["id"] else "real" if label["real"] else "hand-made"
    groups = ("all", label["language"], trap, label["format"], label["source"]["repo"])
    return Result(label["id"], groups, not lost and not leaked, exact, lost, leaked, seconds)


def _classify(path: Path) -> Result | None:
    parse = importlib.import_module("mail.parsing").parse
    label = json.loads(path.read_text())
    if label["format"] != "eml":
        return None
    started = time.perf_counter()
    found = parse(path.with_name(label["file"]).read_bytes()).kind
    seconds = time.perf_counter() - started
    wanted = _CLASSES.get(label["class"], label["class"])
    passed = _CLASSES.get(found, found) == wanted
    return Result(
        label["id"], ("all", wanted), passed, passed, [] if passed else [wanted], [] if passed else [found], seconds
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s*_`\\]", "", text)


def _print(title: str, results: list[Result]) -> None:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        for group in result.groups:
            groups[group].append(result)
    print(f"{title:<38} {'pass':>12} {'exact':>8} {'lost':>6} {'leaked':>7}")
    for name, members in sorted(groups.items(), key=lambda item: (item[0] != "all", -len(item[1]))):
        passed, exact = sum(one.passed for one in members), sum(one.exact for one in members)
        lost, leaked = sum(bool(one.lost) for one in members), sum(bool(one.leaked) for one in members)
        share = f"{passed}/{len(members)} {100 * passed / len(members):5.1f} %"
        print(f"  {name:<32} {share:>16} {exact:>8} {lost:>6} {leaked:>7}")


def _print_failures(results: list[Result]) -> None:
    for result in results:
        if not result.passed:
            print(f"{result.name}\n  lost: {result.lost[:3]}\n  leaked: {result.leaked[:3]}")


if __name__ == "__main__":
    raise SystemExit(main())
