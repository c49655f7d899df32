"""Folders and processes for the tests of the ground: real servers and real children, all of them gone at the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools.folders import OUTSIDE, ROOT
from memo import processes
from memo.processes import Identity

MEMORY = Path("/dev/shm")
_ROOMY = 1024**3


@contextmanager
def _open_folder() -> Iterator[Path]:
    """In memory where there is room: a cluster is 40 MB of small files."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > _ROOMY
    folder = Path(tempfile.mkdtemp(prefix="memo ground ", dir=MEMORY if roomy else OUTSIDE))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def outside() -> Iterator[Path]:
    """An empty folder that every user can enter, with a blank in its name; pytest's own are closed to others."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_outside() -> Iterator[Path]:
    """The same for all tests of a module."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts a Python program from its text, with the checkout importable and its output in a pipe."""
    started: list[tuple[subprocess.Popen, Identity]] = []

    def start(text: str, *arguments: str, **environ: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", text, *arguments],
            cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append((process, Identity.of(process.pid)))
        return process

    yield start
    for process, identity in started:
        processes.stop(identity, [(signal.SIGTERM, 10), (signal.SIGKILL, 5)])
        process.stdout.close()
        process.wait()
