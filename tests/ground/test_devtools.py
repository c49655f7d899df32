"""devtools: folders per checkout, environments, browser, counts, texts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.state import ProjectState

from devtools import browser, environment, folders, migrations, testing, texts, vendoring
from devtools.folders import ROOT
from devtools.ports import Ports, claim
from memo import catalogues
from memo.embedded import Record
from memo.processes import Identity, free_port

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps its servers outside the checkout")


# --- folders ----------------------------------------------------------------------------------------------


@root_only
def test_root_gets_one_folder_outside_per_checkout_and_finds_it_again(tmp_path):
    (tmp_path / "one").mkdir()
    first = folders.servers_home(tmp_path / "one", outside=tmp_path)
    assert first.parent == tmp_path
    assert folders.servers_home(tmp_path / "one", outside=tmp_path) == first


@root_only
def test_a_copied_checkout_gets_a_folder_of_its_own(tmp_path):
    (tmp_path / "one").mkdir()
    first = folders.servers_home(tmp_path / "one", outside=tmp_path)
    (tmp_path / "two" / ".dev").mkdir(parents=True)
    (tmp_path / "two" / ".dev" / "servers-folder").write_text(f"{first}\n")
    assert folders.servers_home(tmp_path / "two", outside=tmp_path) != first


@root_only
def test_a_folder_that_somebody_else_put_there_is_not_used(tmp_path):
    strange = tmp_path / "memo-strange"
    strange.mkdir()
    (strange / "checkout").write_text(f"{tmp_path}/one\n")
    os.chown(strange, 12345, 12345)
    (tmp_path / "one" / ".dev").mkdir(parents=True)
    (tmp_path / "one" / ".dev" / "servers-folder").write_text(f"{strange}\n")
    assert folders.servers_home(tmp_path / "one", outside=tmp_path) != strange


def test_an_ordinary_user_keeps_everything_in_the_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert folders.servers_home(tmp_path) == tmp_path / ".dev" / "servers"


def test_sweep_removes_what_killed_runs_left_and_nothing_else(tmp_path):
    gone, mine = Identity(1, "never"), Identity.of(os.getpid())
    made = {}
    for name, owner, checkout in (("left", gone, ROOT), ("used", mine, ROOT), ("strange", gone, tmp_path)):
        folder = tmp_path / f"memo-test-{name}"
        folder.mkdir()
        (folder / "checkout").write_text(f"{checkout}\n")
        Record(str(folder), 1, gone, owner).write(folder / "postgres.json")
        made[name] = folder
    folders.sweep(tmp_path)
    assert [name for name, folder in made.items() if folder.exists()] == ["used", "strange"]


# --- environments -----------------------------------------------------------------------------------------


CLAIMER = """
import sys, time
from pathlib import Path
from devtools.ports import claim
print(claim(int(sys.argv[1]), Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


def test_two_checkouts_that_start_at_once_get_different_ports(start_python, tmp_path):
    wanted = free_port()
    one, two = (start_python(CLAIMER, str(wanted), str(tmp_path)) for _ in range(2))
    first, second = sorted(int(process.stdout.readline()) for process in (one, two))
    assert first < second
    one.kill()
    two.kill()
    one.wait()
    two.wait()
    again = start_python(CLAIMER, str(wanted), str(tmp_path))
    assert int(again.stdout.readline()) == first  # a claim ends with its process


def test_a_claim_outlives_the_start_of_another_program(start_python, tmp_path):
    wanted = free_port()
    text = CLAIMER.replace("time.sleep(60)", "import os; os.execv('/bin/sleep', ['sleep', '60'])")
    first = int(start_python(text, str(wanted), str(tmp_path)).stdout.readline())
    assert claim(first, tmp_path) > first


def test_what_the_caller_sets_wins(monkeypatch):
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.org")
    monkeypatch.setenv("MEMO_DEBUG", "")
    given = environment.development(Ports(1, 2, 3, 4, 5))
    assert given["SMTP_URL"] == "smtp://mail.example.org"
    assert given["MEMO_BASE_URL"] == "http://127.0.0.1:1" or "MEMO_BASE_URL" in os.environ
    assert given["MEMO_DEBUG"] == "1"


def test_production_checks_see_nothing_of_the_developers_settings(monkeypatch):
    monkeypatch.setenv("MEMO_DEBUG", "1")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    given = environment.production()
    assert "MEMO_DEBUG" not in given
    assert "elsewhere" not in given["DATABASE_URL"]


# --- browser ----------------------------------------------------------------------------------------------


def test_a_named_browser_wins_and_a_wrong_name_is_no_browser(tmp_path):
    chosen = tmp_path / "my-browser"
    chosen.write_text("")
    chosen.chmod(0o755)
    assert browser.find_chromium({"MEMO_CHROMIUM": str(chosen)}) == str(chosen)
    assert browser.find_chromium({"MEMO_CHROMIUM": str(tmp_path / "not-there"), "PATH": os.defpath}) is None


def test_an_installed_browser_is_found_on_the_path_then_playwrights_own(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "_APPLICATIONS", ())
    own = tmp_path / "store" / "chromium-1200" / "chrome-linux" / "chrome"
    own.parent.mkdir(parents=True)
    own.write_text("")
    environ = {"PATH": str(tmp_path / "bin"), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "store")}
    assert browser.find_chromium(environ) == str(own)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "chromium").write_text("")
    (tmp_path / "bin" / "chromium").chmod(0o755)
    assert browser.find_chromium(environ) == str(tmp_path / "bin" / "chromium")


@pytest.mark.parametrize(
    ("environ", "needed"),
    [({}, False), ({"CI": "true"}, True), ({"CI": "false"}, False), ({"MEMO_BROWSER": "require"}, True)],
)
def test_a_missing_browser_is_a_failure_in_ci_or_when_asked_for(environ, needed):
    assert browser.required(environ) is needed


# --- counts -----------------------------------------------------------------------------------------------


def test_the_counts_are_those_of_pytest(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_a(): pass\n"
        "def test_b(): assert False\n"
        "@pytest.mark.skip\n"
        "def test_c(): pass\n"
        "def test_d(missing_fixture): pass\n"
    )
    counts = tmp_path / "counts.json"
    command = [sys.executable, "-m", "pytest", "-p", "devtools.pytest_counts", "-p", "no:django", "-c", os.devnull]
    environ = os.environ | {"MEMO_COUNTS": str(counts), "PYTHONPATH": str(ROOT)}
    environ.pop("PYTEST_XDIST_WORKER", None)
    subprocess.run([*command, "--rootdir", str(tmp_path), str(tmp_path)], env=environ, capture_output=True, check=False)
    again = ["test_it.py::test_b", "test_it.py::test_d"]
    assert json.loads(counts.read_text()) == {"passed": 1, "failed": 2, "again": again, "skipped": 1, "collected": 4}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], None, {"code": 0, "passed": 9, "failed": 0}),
        (["a", "b"], [], {"code": 0, "passed": 9, "failed": 0, "shaky": 2}),
        (["a", "b"], ["b"], {"code": 1, "passed": 8, "failed": 1, "shaky": 1}),
        (["a", "b"], ["a", "b"], {"code": 1, "passed": 7, "failed": 2, "shaky": 0}),
        (["a", "b", "c", "d"], None, {"code": 1, "passed": 5, "failed": 4}),
    ],
)
def test_a_few_journeys_that_failed_run_once_more_alone(first, second, expected, monkeypatch, capsys):
    """What fails again has failed; what passes is named; many that fail are not asked again."""
    runs = []

    def run(arguments, env):
        runs.append(list(arguments))
        bad = first if len(runs) == 1 else second
        return int(bool(bad)), {"passed": 9 - len(bad), "failed": len(bad), "again": bad, "skipped": 0, "collected": 9}

    monkeypatch.setattr(testing, "pytest", run)
    monkeypatch.setattr(testing.browser, "find_chromium", lambda: "/browser")
    steps = testing.Steps()
    counts = testing._journeys(steps, {})
    assert [counts.get(name, 0) for name in ("passed", "failed", "shaky")] == [
        expected.get(name, 0) for name in ("passed", "failed", "shaky")
    ]
    assert bool(steps.failed) == bool(expected["code"])
    assert runs[1:] == ([first] if second is not None else [])
    named = [line.split()[2] for line in capsys.readouterr().out.splitlines() if line.startswith("*** SHAKY")]
    assert named == ([f"{name}:" for name in first if name not in second] if second is not None else [])


def test_the_typed_floors_are_the_rules_and_the_ground():
    typed = testing.typed_files()
    assert "memo/embedded.py" in typed
    assert any("/actions/" in name for name in typed)
    assert not [name for name in typed if "migrations" in name or name.startswith("tests")]


# --- vendored files ---------------------------------------------------------------------------------------


@pytest.fixture
def vendored(tmp_path) -> Path:
    (tmp_path / "it.js").write_text("1\n")
    (tmp_path / "it.LICENSE.txt").write_text("MIT\n")
    row = {
        "name": "it",
        "licence_file": "it.LICENSE.txt",
        "files": [{"file": "it.js", "sha256": "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"}],
    }
    (tmp_path / "vendor.json").write_text(json.dumps([row]))
    return tmp_path


def test_vendored_files_are_held_to_their_sums(vendored):
    assert vendoring.problem(vendored) is None
    (vendored / "it.js").write_text("2\n")
    assert "it.js is not the file that vendor.json names" in vendoring.problem(vendored)


def test_a_missing_licence_and_an_unlisted_file_are_told(vendored):
    (vendored / "more.js").write_text("")
    assert "more.js is not listed" in vendoring.problem(vendored)
    (vendored / "it.LICENSE.txt").unlink()
    assert "it lacks its licence" in vendoring.problem(vendored)


# --- texts ------------------------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text(
        "from django.utils.translation import gettext as _, ngettext\n"
        "def view(n):\n    # Translators: on the button\n    return _('Send'), ngettext('%(n)s day', '%(n)s days', n)\n"
    )
    (tmp_path / "templates" / "app").mkdir(parents=True)
    (tmp_path / "templates" / "app" / "page.html").write_text(
        '<div>\n    {% translate "Open" %}\n  {% blocktranslate count n=n %}one{% plural %}{{ n }} many{% endblocktranslate %}\n'
        '      {% if x %}it\'s {{ y|default:_("None yet") }}{% endif %}\n {% translate "May" context "month" %}</div>\n'
    )
    return tmp_path


def test_texts_of_python_and_templates_are_collected(sources):
    found = {(message.id, message.context) for message in texts.collect(sources) if message.id}
    assert found == {
        ("Send", None),
        (("%(n)s day", "%(n)s days"), None),
        ("Open", None),
        (("one", "%(n)s many"), None),
        ("None yet", None),
        ("May", "month"),
    }


def test_update_keeps_translations_drops_old_texts_and_counts_what_is_missing(sources):
    path = sources / "locale" / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Send"\nmsgstr "Senden"\n\n'
                    'msgid "Gone"\nmsgstr "Weg"\n')  # fmt: skip
    assert texts.update(sources) == {"de": 5, "sv": 6}
    written = path.read_text()
    assert 'msgstr "Senden"' in written
    assert "Gone" not in written
    assert texts.update(sources) == {"de": 5, "sv": 6}
    assert path.read_text() == written


def test_catalogues_are_compiled_when_they_are_stale_and_without_unsure_texts(sources):
    path = sources / "locale" / "sv" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Send"\nmsgstr "Skicka"\n\n'
                    '#, fuzzy\nmsgid "Open"\nmsgstr "Stäng"\n')  # fmt: skip
    assert catalogues.compile_stale(sources) == [path.with_suffix(".mo")]
    compiled = path.with_suffix(".mo").read_bytes()
    assert b"Skicka" in compiled
    assert "Stäng".encode() not in compiled
    assert catalogues.compile_stale(sources) == []


def test_a_broken_catalogue_is_named(sources):
    path = sources / "locale" / "sv" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Send"\nmsgstr "Skicka"\nwhat is this\n')
    with pytest.raises(catalogues.CatalogueError, match="sv/LC_MESSAGES/django.po"):
        catalogues.compile_stale(sources)


# --- migrations -------------------------------------------------------------------------------------------


def test_a_model_change_without_a_migration_is_named(monkeypatch):
    state = ProjectState.from_apps(apps)
    state.remove_field("accounts", "user", "email")
    monkeypatch.setattr(ProjectState, "from_apps", lambda registry: state)
    assert "accounts: Remove field email from user" in migrations.missing()
