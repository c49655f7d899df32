"""Runs commands one after another and says in one line each how they went."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from devtools.folders import ROOT


@dataclass
class Steps:
    """A row of checks; all are run, the failed ones are remembered by name."""

    failed: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def check(self, title: str, command: list[str], *, env: dict[str, str], advice: str) -> bool:
        """Runs a command whose words matter only when it fails; then `advice` says what to do."""
        begun = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - begun
        if done.returncode == 0:
            print(f"ok      {title} ({seconds:.1f} s)", flush=True)
            self.passed.append(title)
            return True
        print(f"{done.stdout}{done.stderr}".rstrip())
        print(f"FAILED  {title}: {advice}", flush=True)
        self.failed.append(title)
        return False

    def note(self, title: str, problem: str | None) -> None:
        """The same for a check made in this process: `problem` is None or one sentence."""
        print(f"FAILED  {title}: {problem}" if problem else f"ok      {title}", flush=True)
        (self.failed if problem else self.passed).append(title)


def module(name: str, *arguments: str) -> list[str]:
    """A Python module of the virtual environment as a command."""
    return [sys.executable, "-m", name, *arguments]


def program(name: str) -> str:
    """A program of the virtual environment that is no Python module."""
    return str(Path(sys.executable).with_name(name))
