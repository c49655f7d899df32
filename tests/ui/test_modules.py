"""The import map and what it promises: hashed addresses, nothing missing, nothing fetched late (ux.md §1.6)."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.template import Context, Template

from ui import bundles, modules

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


def test_what_is_loaded_on_intent_is_not_fetched_at_the_start():
    later = {
        name
        for name in modules.files()
        for found in [re.findall(r'import\("(memo/[^"]+)"', _text(name))]
        for name in found
    }
    assert not later & set(modules.needed_by(modules.TEAM))


def _text(name: str) -> str:
    return modules.files()[name][0].read_text() if name.startswith("memo/") else ""


def test_pages_that_load_nothing_later_have_a_small_map():
    table = json.loads(modules.import_map("memo/ui/elements"))["imports"]
    assert set(modules.needed_by("memo/ui/elements")) <= set(table)
    assert "@hotwired/turbo" not in table


def test_with_a_joined_script_its_modules_stand_behind_doorways():
    """Whatever is loaded later gets the very objects that the page runs with."""
    table = json.loads(modules.import_map(modules.TEAM))["imports"]
    assert table[modules.TEAM] == "/static/ui/joined/team.js"
    assert table["memo/ui/socket"] == "/static/ui/joined/memo/ui/socket.js"
    assert table["memo/accounts/passkey"] == "/static/accounts/js/passkey.js"
    assert table["@hotwired/turbo"] == "/static/vendor/turbo.js"
    made = bundles.BundleFinder()
    assert {
        path
        for name in modules.needed_by(modules.TEAM)
        if name.startswith("memo/")
        for path in [made.find(modules.doorway_file(name))]
    }
    assert (
        Path(made.find("ui/joined/memo/ui/csrf.js")).read_text()
        == 'import{$ui_csrf}from "memo/team";export const{headers,post,postJson}=$ui_csrf;\n'
    )


def test_a_page_of_the_team_fetches_two_scripts():
    tags = '{% importmap "memo/team" %}{% script "memo/team" %}{% script "memo/channels_app/channel" %}'
    html = Template(tags).render(Context({"CSP_NONCE": "abc"}))
    assert re.findall('href="([^"]+)"', html)[0] == "/static/vendor/turbo.js"
    preloads, scripts = re.findall('preload" href="([^"]+)"', html), re.findall('src="([^"]+)"', html)
    assert scripts == ["/static/ui/joined/team.js", "/static/channels_app/js/channel.js"]
    assert not [path for path in preloads if "/ui/js/" in path or "/conversations/js/" in path]
    assert "/static/channels_app/js/week.js" in preloads


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
    """Bytes of what a page that runs these fetches at its start, compressed as it is served to every browser."""
    finder = bundles.BundleFinder()
    files = [modules.address(name).removeprefix("/static/") for name in modules.fetched_for(*names)]
    paths = [finder.find(file) or ROOT / "static" / file for file in files]
    return sum(len(gzip.compress(Path(path).read_bytes(), 9)) for path in paths)


def test_the_inbox_fits_its_budgets():
    """Issue 4: own scripts of the inbox ≤ 30 kB, with Turbo ≤ 60 kB. What one asks for later is loaded then."""
    turbo = served("@hotwired/turbo")
    assert served(modules.TEAM) - turbo <= 30 * KB
    assert served(modules.TEAM) <= 60 * KB
    assert served("memo/ui/app") <= 45 * KB


def test_signing_in_needs_no_more_than_the_small_elements():
    assert served("memo/ui/elements") <= 8 * KB
    assert "@hotwired/turbo" not in modules.needed_by("memo/ui/elements")
