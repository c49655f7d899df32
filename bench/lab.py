"""The load generator and the reference targets: those of ../shared/bench if it lies beside the checkout, else ours."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.servers import DEV, ROOT, Child, Stack, Trouble, start, wait_for_port
from memo import processes

SHARED = ROOT.parent / "shared" / "bench"
OWN = ROOT / "bench" / "reference"
_PORT = "{port}"
_INSTALL_SECONDS = 300


@dataclass(frozen=True)
class Reference:
    """A target to compare with; `{port}` in its command and environment is filled in at its start."""

    key: str
    title: str
    command: tuple[str, ...]
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lab:
    """Which interpreter and module generate load, what they compare with, and the tables that the references need."""

    name: str
    python: str
    module: str
    cwd: Path
    schema: Path
    references: tuple[Reference, ...]
    missing: tuple[str, ...] = ()

    def reference(self, key: str) -> Reference | None:
        return next((one for one in self.references if one.key == key), None)

    def generate(self, *arguments: str, limit: float) -> dict:
        """One run of the generator; its report, or {"failed": why}."""
        command = [self.python, "-m", self.module, *arguments, "--limit", str(limit)]
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(self.cwd)}
        try:
            done = subprocess.run(
                command, cwd=self.cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=limit + 30, check=False,
            )  # fmt: skip
            return json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            return {"failed": f"not done within {limit:.0f} s"}
        except (IndexError, ValueError):
            return {"failed": (done.stderr or done.stdout).strip()[-800:] or "the generator said nothing"}


def make() -> Lab:
    """The lab of this checkout; installs what the shared one needs, once."""
    return _shared() if (SHARED / "loadgen").is_dir() else _own()


# --- of ../shared/bench ---------------------------------------------------------------------------------------------
def _shared() -> Lab:
    python = _environment(SHARED / "requirements.txt")
    programs = Path(python).parent
    targets, missing = SHARED / "targets", []
    uvicorn = (
        str(programs / "uvicorn"), "r1_asgi:app", "--host", "127.0.0.1", "--port", _PORT, "--loop", "uvloop",
        "--ws", "websockets-sansio", "--lifespan", "on", "--log-level", "error", "--no-access-log", "--backlog", "4096",
    )  # fmt: skip
    daphne = (str(programs / "daphne"), "-b", "127.0.0.1", "-p", _PORT, "-v", "0", "asgi:application")
    usual = {"R3_LAYER": "core", "R3_DB": "sync", "R3_CONN": "persist"}
    references = [
        Reference("bare", "R1: bare ASGI on uvicorn, asyncpg", uvicorn, targets, {"BENCH_DB": "asyncpg"}),
        Reference("bare-unstored", "R1, nothing stored", uvicorn, targets, {"BENCH_DB": "none"}),
        Reference("usual", "R3 usual: daphne, core layer, ORM", daphne, targets / "r3", usual, ("send=/send_sync",)),
    ]
    modules = _node_modules()
    if modules:
        env = {"PORT": _PORT, "NODE_PATH": str(modules)}
        references.append(Reference("node", "R2: Node, ws + pg + ioredis", ("node", "r2_node.js"), targets, env))
    else:
        missing.append("R2 Node: node with the modules ws, pg and ioredis is not here")
    return Lab("../shared/bench", python, "loadgen", SHARED, targets / "schema.sql", tuple(references), tuple(missing))


def _environment(requirements: Path) -> str:
    """A virtual environment of the benchmark's own, made again when the requirements change."""
    folder = DEV / "bench" / "venv"
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    print("Installing the generator and the references (once, under a minute) …", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if done.returncode:
        raise Trouble(f"pip could not install the generator: {done.stderr.strip()[-800:]}")
    stamp.write_text(wanted)
    return str(python)


def _node_modules() -> Path | None:
    """The folder with the Node reference's modules, installed by npm once; None without node or a network."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None:
        return None
    folder = DEV / "bench" / "node"
    if npm and not (folder / "node_modules" / "ws").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            npm,
            "install",
            "--prefix",
            str(folder),
            "--no-audit",
            "--no-fund",
            "--silent",
            "ws@8",
            "pg@8",
            "ioredis",
        ]
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False)
    modules = folder / "node_modules"
    probe = subprocess.run(
        [node, "-e", "require('ws'); require('pg'); require('ioredis')"],
        env={"PATH": os.environ.get("PATH", ""), "NODE_PATH": str(modules)}, capture_output=True, check=False,
    )  # fmt: skip
    return modules if probe.returncode == 0 else None


# --- our own --------------------------------------------------------------------------------------------------------
def _own() -> Lab:
    bare = (
        sys.executable, "-m", "uvicorn", "bare:app", "--host", "127.0.0.1", "--port", _PORT, "--loop", "uvloop",
        "--lifespan", "on", "--log-level", "error", "--no-access-log", "--ws-per-message-deflate", "false",
    )  # fmt: skip
    usual = (sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", _PORT, "-v", "0", "usual:application")
    references = (
        Reference("bare", "bare ASGI on uvicorn, psycopg", bare, OWN, {"BENCH_DB": "stored"}),
        Reference("bare-unstored", "bare ASGI, nothing stored", bare, OWN, {"BENCH_DB": "none"}),
        Reference("usual", "usual: daphne, core layer, ORM", usual, OWN),
    )
    missing = ("../shared/bench is not beside this checkout: compared with the small references of bench/reference",)
    return Lab("bench/load", sys.executable, "bench.load", ROOT, OWN / "schema.sql", references, missing)


# --- running a reference --------------------------------------------------------------------------------------------
def make_tables(lab: Lab, stack: Stack) -> None:
    """The references' own database, empty."""
    with psycopg.connect(stack.urls["postgres"], autocommit=True) as db:
        db.execute("DROP DATABASE IF EXISTS reference WITH (FORCE)")
        db.execute("CREATE DATABASE reference")
    address = stack.reference_environment
    with psycopg.connect(address["BENCH_PG"], password=address["PGPASSWORD"], autocommit=True) as db:
        db.execute(lab.schema.read_text())


@contextlib.contextmanager
def running(reference: Reference, stack: Stack) -> Iterator[tuple[str, dict[str, list[int]]]]:
    """Starts a reference; gives its address and the process trees to account for."""
    port = str(processes.free_port())
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {name: value.replace(_PORT, port) for name, value in reference.env.items()}
    env = inherited | stack.reference_environment | {"PYTHONDONTWRITEBYTECODE": "1"} | given
    command = [part.replace(_PORT, port) for part in reference.command]
    child: Child = start(f"reference-{reference.key}", command, env, stack.home, cwd=reference.cwd)
    try:
        wait_for_port(child, int(port))
        pids = {"web": [child.pid], "pg": [stack.pids["postgres"]], "valkey": [stack.pids["valkey-reference"]]}
        yield f"http://127.0.0.1:{port}", pids
    finally:
        child.stop()
