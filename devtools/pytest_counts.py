"""A pytest plugin that writes how many tests passed, failed (and which) and were skipped to the file in MEMO_COUNTS."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Called once, in the main process, also under xdist."""
    stats = terminalreporter.stats

    def names(*outcomes: str) -> list[str]:
        return [report.nodeid for outcome in outcomes for report in stats.get(outcome, []) if hasattr(report, "nodeid")]

    bad = set(names("failed", "error", "xpassed"))
    counts = {
        "passed": len(set(names("passed", "xfailed")) - bad),  # what passed and then could not clean up has failed
        "failed": len(bad),
        "again": sorted(bad),
        "skipped": len(stats.get("skipped", [])),
        "collected": terminalreporter._numcollected,  # noqa: SLF001 (under xdist nothing else knows)
    }
    Path(os.environ["MEMO_COUNTS"]).write_text(json.dumps(counts))
