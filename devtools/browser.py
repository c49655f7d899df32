"""Finds a Chromium for the browser tests; never downloads one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # One process for all windows of a person: a tenth less time for the journeys; what pages may do stays the same.
    "--process-per-site",
    "--disable-site-isolation-trials",
)
ADVICE = "install Chromium (`apt-get install chromium`) or name one in MEMO_CHROMIUM"


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """The browser's path: MEMO_CHROMIUM, else an installed one, else Playwright's own if there; None without any."""
    named = environ.get("MEMO_CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    for name in _NAMES:
        if found := shutil.which(name, path=environ.get("PATH")):
            return found
    for application in _APPLICATIONS:
        if os.access(application, os.X_OK):
            return application
    default = Path.home() / ".cache" / "ms-playwright"
    store = Path(environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    found_there = [path for pattern in _PLAYWRIGHT for path in sorted(store.glob(pattern))]
    return str(found_there[-1]) if found_there else None


def arguments() -> list[str]:
    """Command-line flags for every launch; root cannot use Chromium's sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def required(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a missing browser is a failure: in CI always, elsewhere when MEMO_BROWSER=require."""
    return environ.get("CI", "").lower() in {"1", "true"} or environ.get("MEMO_BROWSER") == "require"
