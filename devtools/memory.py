"""How much memory a running installation takes: the proportional share (PSS) of each program, in MiB; Linux only."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from devtools import folders


def by_program(state: Path) -> dict[str, float]:
    """Program -> MiB, for the installation whose `run.json` this is; children count with their program."""
    found = json.loads(state.read_text())
    names = {pid: name for name, pid in found["programs"].items()}
    family = _children()
    sums: dict[str, float] = {}
    waiting = [(found["pid"], "run")]
    while waiting:
        pid, above = waiting.pop()
        name = names.get(pid) or _server(pid) or above
        sums[name] = sums.get(name, 0.0) + _share(pid)
        waiting += [(child, name) for child in family.get(pid, [])]
    return sums


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        found.setdefault(parent, []).append(int(stat.parent.name))
    return found


def _server(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode()
    return next((name for name in ("postgres", "valkey") if name in Path(command.partition(":")[0]).name), "")


def _share(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024


if __name__ == "__main__":
    shares = by_program(Path(sys.argv[1]) if len(sys.argv) > 1 else folders.data() / "run.json")
    for name, share in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"{name:<10} {share:6.1f} MiB")
    print(f"{'together':<10} {sum(shares.values()):6.1f} MiB")
