"""Vendored browser files are what vendor.json says they are: version, licence, sha256 (design.md §2)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"
LISTED = json.loads((VENDOR / "vendor.json").read_text())


def test_every_file_has_the_named_sum_and_nothing_is_unlisted():
    rows = [row for package in LISTED for row in package["files"]]
    for row in rows:
        assert hashlib.sha256((VENDOR / row["file"]).read_bytes()).hexdigest() == row["sha256"], row["file"]
    known = {row["file"] for row in rows} | {package["licence_file"] for package in LISTED} | {"vendor.json"}
    assert {path.name for path in VENDOR.iterdir()} == known


def test_every_package_names_version_licence_and_origin_without_a_host():
    for package in LISTED:
        assert package["version"]
        assert package["licence"]
        assert package["integrity"].startswith("sha512-")
        assert (VENDOR / package["licence_file"]).stat().st_size > 500
    assert "://" not in (VENDOR / "vendor.json").read_text()


def test_no_source_map_is_named():
    for path in VENDOR.glob("*.js"):
        assert "sourceMappingURL" not in path.read_text(), path.name
