"""Holds the browser libraries in static/vendor to vendor.json (version, licence, sha256); ui/vendoring.py fetches."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from devtools.bootstrap import Trouble
from devtools.folders import ROOT
from devtools.steps import module

FOLDER = ROOT / "static" / "vendor"


def packages(folder: Path = FOLDER) -> list[dict]:
    """The rows of vendor.json; none when the file is absent."""
    listing = folder / "vendor.json"
    return json.loads(listing.read_text()) if listing.exists() else []


def problem(folder: Path = FOLDER) -> str | None:
    """One sentence when a vendored file is missing, unlisted, changed or without its licence; else None."""
    listed = {"vendor.json"}
    for package in packages(folder):
        if not (folder / package["licence_file"]).is_file():
            return f"{package['name']} lacks its licence {package['licence_file']}: `dev.py vendor` fetches it."
        listed.add(package["licence_file"])
        for entry in package["files"]:
            path = folder / entry["file"]
            listed.add(entry["file"])
            if not path.is_file() or _sha256(path.read_bytes()) != entry["sha256"]:
                return f"{entry['file']} is not the file that vendor.json names: `dev.py vendor` fetches it again."
    unlisted = sorted(path.name for path in folder.glob("*") if path.name not in listed)
    return f"{unlisted[0]} is not listed in vendor.json: add its row or remove it." if unlisted else None


def fetch() -> None:
    """Gets every package again and writes the files, their sums and the icons; Trouble when npm cannot."""
    if not shutil.which("npm"):
        raise Trouble("`dev.py vendor` needs npm to fetch the browser libraries: install Node.js, then run this again.")
    if subprocess.run(module("ui.vendoring"), cwd=ROOT, check=False).returncode != 0:
        raise Trouble("The browser libraries could not be fetched (the words above say why): check the network.")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
