"""The import map and what it promises: hashed addresses, nothing missing, nothing fetched late (ux.md §1.6)."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from django.template import Context, Template

from ui import modules

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted((ROOT / "static").glob("*/js/**/*.js"))
KB = 1024


def test_every_own_module_and_turbo_have_a_name():
    table = json.loads(modules.import_map().replace("\\u003c", "<"))["imports"]
    assert table["@hotwired/turbo"] == "/static/vendor/turbo.js"
    assert table["memo/ui/socket"] == "/static/ui/js/socket.js"
    assert not [name for name in table if name.startswith("memo/widget/")]


def test_every_import_leads_somewhere():
    for name, (path, _address) in modules.files().items():
        if not name.startswith("memo/"):
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        wanted = re.findall(r"""(?:^import|\bfrom|\bimport\()\s*["']([^"']+)["']""", text, re.MULTILINE)
        assert set(wanted) <= set(modules.files()), path


def test_what_a_module_imports_is_fetched_with_it():
    found = modules.needed_by("memo/ui/app")
    assert found[0] == "memo/ui/app"
    assert {"@hotwired/turbo", "memo/ui/socket", "memo/ui/backoff", "memo/ui/time"} <= set(found)
    assert len(found) == len(set(found))


def test_pages_that_load_nothing_later_have_a_small_map():
    table = json.loads(modules.import_map("memo/ui/elements"))["imports"]
    assert set(table) == set(modules.needed_by("memo/ui/elements"))
    assert "@hotwired/turbo" not in table


def test_an_unknown_module_is_an_error():
    with pytest.raises(modules.UnknownModule):
        modules.needed_by("memo/ui/unicorn")
    with pytest.raises(modules.UnknownModule):
        modules.address("memo/ui/unicorn")


def test_the_tags_write_one_map_with_the_nonce_and_one_script():
    html = Template('{% importmap %}{% script "memo/ui/app" %}').render(Context({"CSP_NONCE": "abc"}))
    assert html.startswith('<script type="importmap" nonce="abc">{')
    assert html.count('<script type="module" src="/static/ui/js/app.js"') == 1
    assert '<link rel="modulepreload" href="/static/vendor/turbo.js">' in html


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT / "static").as_posix())
def test_a_module_says_what_it_is_and_stays_small(path):
    text = path.read_text()
    assert text.startswith("/* "), "a module begins with what it is"
    assert text.count("\n") <= 200
    assert not re.search(r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write|//# sourceMappingURL", text)


def served(*names: str) -> int:
    """Bytes of these modules and all they import, as whitenoise serves them."""
    return sum(len(brotli.compress(modules.files()[name][0].read_bytes())) for name in modules.needed_by(*names))


def test_all_scripts_of_a_page_fit_the_budget():
    own = [path for path in SCRIPTS if "ui" in path.parts]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in own) <= 30 * KB
    assert served("memo/ui/app") <= 40 * KB
    assert served("memo/ui/app", "memo/conversations/inbox") <= 60 * KB


def test_signing_in_needs_no_more_than_the_small_elements():
    assert served("memo/ui/elements") <= 8 * KB
    assert "@hotwired/turbo" not in modules.needed_by("memo/ui/elements")
