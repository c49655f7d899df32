"""Development: notices when a source file of the checkout changed."""

from __future__ import annotations

import os
from pathlib import Path

_SKIPPED = {"tests", "docs", "node_modules", "bench", "devtools", "deploy", "requirements"}
_KINDS = (".py", ".html", ".txt", ".mo")


def snapshot(root: Path) -> dict[str, int]:
    """Path -> modification time (ns) of every file that a running process has read into memory."""
    found: dict[str, int] = {}
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith((".", "__")) and entry.name not in _SKIPPED:
                        folders.append(entry.path)
                elif entry.name.endswith(_KINDS):
                    found[entry.path] = entry.stat().st_mtime_ns
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Paths that were added, removed or written between two snapshots, sorted."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
