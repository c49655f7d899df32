"""docs/operate.md names every variable and every command that there is, and none that there is not."""

from __future__ import annotations

import re

from django.apps import apps
from django.core.management import find_commands

from devtools import bootstrap
from devtools.folders import ROOT

MANUAL = (ROOT / "docs" / "operate.md").read_text()
# Variables that belong to others or to the checkout's tools alone.
_FOREIGN = {"DJANGO_SETTINGS_MODULE", "MEMO_COUNTS"}
_READER = re.compile(
    r"""(?:env\.(?:text|flag|number|words|secret)\(|environ(?:\.get\(|\[))\s*["']([A-Z][A-Z0-9_]+)["']"""
)


def read_variables() -> set[str]:
    found: set[str] = set()
    for app in apps.get_app_configs():
        if str(ROOT) in app.path and ".venv" not in app.path:
            for path in (ROOT / app.name).rglob("*.py"):
                found.update(_READER.findall(path.read_text()))
    return found - _FOREIGN


def test_every_variable_that_the_product_reads_is_explained():
    assert {name for name in read_variables() if f"`{name}`" not in MANUAL} == set()


def test_every_variable_of_the_manual_is_read():
    tables = MANUAL.partition("## Variables")[2].partition("For a checkout only")[0]
    assert set(re.findall(r"^\| \*?`([A-Z_]+)`", tables, re.MULTILINE)) <= read_variables()


def test_every_command_of_ours_is_explained():
    ours: set[str] = set()
    for app in apps.get_app_configs():
        if str(ROOT) in app.path and ".venv" not in app.path:
            ours.update(find_commands(f"{app.path}/management"))
    assert {name for name in ours if f"`{name}`" not in MANUAL} == set()


def test_every_command_of_a_checkout_is_explained():
    assert {name for name in bootstrap.COMMANDS if f"| `{name}` |" not in MANUAL} == set()
