"""The style sheet: one request, within its budget, logical properties only, values from the tokens (ux.md §2.2)."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from ui import bundles

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
CSS = STATIC / "ui" / "css"
# The widget lives in other people's pages, with a sheet and a budget of its own.
FILES = sorted(path for path in STATIC.glob("*/css/*.css") if "widget" not in path.parts)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|(?:min-|max-)?(?:width|height)|left|right|top|bottom"
    r"|text-align:\s*(?:left|right)|float)(?:-\w+)*\s*:"
)


@pytest.fixture
def finder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return bundles.BundleFinder()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_file_is_small_says_what_it_is_and_knows_no_left_or_right(path):
    text = path.read_text()
    assert text.startswith("/* ")
    assert text.count("\n") <= 250
    # Media queries ask for the width of the window, which has no other name.
    rules = re.sub(r"@(?:media|container)[^{]*{", "", _COMMENT.sub("", text))
    assert not _PHYSICAL.findall(rules)
    assert "!important" not in rules


def test_colours_come_from_the_tokens():
    """White, black and the scenes that are always dark may name a colour; everything else uses a variable."""
    for path in FILES:
        rules = _COMMENT.sub("", path.read_text())
        assert not re.search(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", rules), path.name


def test_the_entry_imports_every_file_once():
    names = re.findall(r'@import "([^"]+)";', (CSS / "memo.css").read_text())
    assert sorted((CSS / name).resolve() for name in names) == [path for path in FILES if path.name != "memo.css"]


def test_the_joined_sheet_has_everything_and_fits_the_budget(finder):
    text = Path(finder.find("ui/css/memo.css")).read_text()
    assert "@import" not in text
    assert "/*" not in text
    assert text.startswith("@layer reset, tokens, base, layout, components, pages, utilities, print;")
    assert text.count("{") == text.count("}") == sum(_COMMENT.sub("", p.read_text()).count("{") for p in FILES)
    assert len(gzip.compress(text.encode(), 9)) <= 25 * 1024


def test_the_joined_sheet_is_made_anew_when_a_part_has_changed(finder):
    made = Path(finder.find("ui/css/memo.css"))
    before = made.stat().st_mtime_ns
    made.write_text("stale")
    os.utime(made, ns=(before, before))
    assert finder.find("ui/css/memo.css") == str(made)
    assert made.read_text() == "stale"
    os.utime(made, (0, 0))
    finder.find("ui/css/memo.css")
    assert made.read_text() != "stale"


def test_the_finder_offers_only_its_own(finder):
    assert finder.find("ui/css/base.css") == ""
    assert finder.find("../settings.py") == ""
    assert finder.find("ui/css/base.css", find_all=True) == []
    made = [path for path, _storage in finder.list([])]
    assert [path for path in made if not path.endswith(".js")] == ["ui/css/memo.css"]
    assert "ui/joined/team.js" in made
    assert len(made) == len(set(made))
    assert finder.check() == []
