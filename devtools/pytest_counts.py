"""A pytest plugin that writes how many tests passed, failed and were skipped to the file in MEMO_COUNTS."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Called once, in the main process, also under xdist."""
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", [])) + len(stats.get("xfailed", [])),
        "failed": len(stats.get("failed", [])) + len(stats.get("error", [])) + len(stats.get("xpassed", [])),
        "skipped": len(stats.get("skipped", [])),
        "collected": terminalreporter._numcollected,  # noqa: SLF001 (under xdist nothing else knows)
    }
    Path(os.environ["MEMO_COUNTS"]).write_text(json.dumps(counts))
