"""The house keeps its shape: sizes, names, floors of access, escaping, pins (design.md §3, §4; security.md §7, §8; S-63)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings
from packaging.version import Version

from conversations import attachments
from events import groups
from memo import celery

ROOT = Path(__file__).parent.parent
APPS = (
    "accounts",
    "channels_app",
    "companies",
    "conversations",
    "customers",
    "events",
    "mail",
    "memo",
    "notifications",
    "texts",
    "ui",
    "widget",
)
# Made from sources that are checked themselves (static/widget/sources.json says from which).
BUILT = {"static/widget/memo.js", "static/widget/frame.js", "static/widget/frame.css"}


def product() -> Iterator[Path]:
    """The product's own Python files."""
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files(folder: str, *endings: str) -> list[Path]:
    found = (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in endings)
    return [path for path in found if "vendor" not in path.parts and named(path) not in BUILT]


def lines_with(pattern: str, paths) -> dict[str, list[str]]:
    """file → lines that match."""
    found = {}
    for path in paths:
        hits = [line.strip() for line in path.read_text().split("\n") if re.search(pattern, line)]
        if hits:
            found[named(path)] = hits
    return found


# --- sizes ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("paths", "most"),
    [
        (list(product()), 400),
        (files("templates", ".html", ".txt"), 150),
        (files("static", ".js"), 200),
        (files("static", ".css"), 250),
    ],
    ids=["python", "templates", "javascript", "css"],
)
def test_files_are_short(paths, most):
    """Python ≤ 400 lines, templates ≤ 150, JavaScript ≤ 200, CSS ≤ 250."""
    assert paths
    assert {named(path): path.read_text().count("\n") for path in paths if path.read_text().count("\n") > most} == {}


def test_functions_are_short():
    """None over 50 lines, the median at most 8 (design.md §4)."""
    lengths = sorted(
        (node.end_lineno - node.lineno + 1, f"{named(path)}: {node.name}")
        for path in product()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [length for length in lengths if length[0] > 50] == []
    assert lengths[len(lengths) // 2][0] <= 8


# --- names and words -----------------------------------------------------------------------------------------
def test_no_module_is_a_drawer():
    """What has no name of its own has not been thought through."""
    drawers = {"base", "common", "helper", "helpers", "misc", "service", "services", "util", "utils"}
    assert [named(path) for path in product() if path.stem in drawers] == []


def test_every_module_says_what_it_is():
    """Its first line is its line in the map; every public function of the inner floors has one, too."""
    inner = {"actions", "selectors", "events", "rotation", "hours", "policy", "roles", "reactions"}
    silent = [named(path) for path in product() if path.read_text().strip() and not ast.get_docstring(tree(path))]
    silent += [
        f"{named(path)}: {node.name}"
        for path in product()
        if inner & {path.stem, *path.parent.parts}
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_left_for_later():
    """No promise in the code that nobody keeps."""
    texts = [*product(), *files("templates", ".html", ".txt"), *files("static", ".js", ".css")]
    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b|#.*\bfor now\b|\bnot implemented\b", texts) == {}


def test_no_path_of_a_machine_and_no_registry():
    """A checkout works anywhere."""
    words = r"/home/\w+/|/root/|/work/|/tmp/\w|pypi\.org|registry\.npmjs|:55400|:56300"
    assert lines_with(words, [*product(), *files("templates", ".html", ".txt"), *files("static", ".js", ".css")]) == {}


# --- imports and calls ---------------------------------------------------------------------------------------
def test_no_import_hides_in_a_function():
    """A circle is a wrong floor, not a place to hide an import."""
    hidden = [
        f"{named(path)}: {function.name}"
        for path in product()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_signals():
    """What follows from what stands in memo/wiring.py."""
    assert lines_with(r"django\.dispatch|db\.models\.signals|\.connect\(\s*receiver|@receiver", product()) == {}


# The doors may not reach for rows by themselves: objects come from selectors that are told who asks.
DOORS = {"consumers", "forms", "lane", "mail_in", "tasks", "views", "access"}
ALLOWED_OBJECTS = {
    # The address of a mail names its conversation and person; the handler checks the right of exactly these.
    "conversations/mail_in.py": 6,
    # The worker's own queue of events belongs to nobody.
    "events/tasks.py": 5,
    # One's own row.
    # Pictures are public to whoever knows the random id (tests/tenancy_policy.py: picture).
    "accounts/views.py": 1,
    # The visitor whose ticket was just redeemed.
    "widget/consumers.py": 1,
    # Empty querysets of form fields, filled by the view.
    "channels_app/forms.py": 2,
    # The line of the channel that the decorator has checked.
    "channels_app/views/line.py": 1,
}


def test_doors_reach_for_no_rows():
    """security.md §8.1: views, consumers, tasks and mail handlers get objects from selectors; the exceptions are counted."""
    doors = [path for path in product() if path.stem in DOORS or "views" in path.parts]
    found = {name: len(hits) for name, hits in lines_with(r"\.objects\b", doors).items()}
    assert {name: n for name, n in found.items() if n > ALLOWED_OBJECTS.get(name, 0)} == {}
    assert set(ALLOWED_OBJECTS) <= set(found), "exceptions that are not needed any more"


def test_selectors_do_not_write():
    """What may be seen is looked at, not changed."""
    selectors = [path for path in product() if path.stem == "selectors" or "selectors" in path.parts]
    writes = r"\.(save|create|update|delete|bulk_create|bulk_update|get_or_create|update_or_create)\("
    assert lines_with(writes, selectors) == {}


def test_below_the_edges_nobody_looks_at_the_clock():
    """`now` is an argument, or a test could not pass it in."""
    inner = {"actions", "selectors", "events", "rotation", "hours", "policy", "recipients", "mails", "reactions"}
    paths = [path for path in product() if inner & {path.stem, *path.parts} and "events" not in path.parts[-2:-1]]
    assert lines_with(r"timezone\.now\(|datetime\.now\(|time\.time\(|localdate\(\)", paths) == {}


def test_groups_are_named_in_one_place():
    """A group is one audience (security.md §8.3): no other module puts a name together."""
    names = r"""f["'](conversation|inbox|member|visitor)\.\{"""
    assert set(lines_with(names, product())) == {"events/groups.py"}
    built = {groups.inbox("x"), groups.inbox_managers("x"), groups.member("x"), groups.visitor("x")}
    built |= {groups.conversation_team("x"), groups.conversation_requester("x")}
    assert len(built) == 6


def test_frames_leave_through_one_place():
    """Only events/publish.py talks to Valkey's channels, and only after a commit."""
    assert set(lines_with(r"\bpipe\.publish\(|client\(\)\.publish\(", product())) == {"events/publish.py"}


# --- escaping ------------------------------------------------------------------------------------------------
MARKS_SAFE = {
    "ui/templatetags/ui.py",  # the atoms: their own constant attributes and the import map
    "ui/streams.py",  # what a template has rendered
    "widget/assets.py",  # the import map: our own file names as JSON
    "conversations/markup.py",  # a message's tree, drawn piece by piece, each escaped, and cleaned by nh3 at the end
}


def test_text_is_marked_safe_in_four_modules_only():
    """S-22: everything else goes through a template or format_html()."""
    assert set(lines_with(r"mark_safe\(|SafeString\([^\"]|SafeText", product())) - MARKS_SAFE == set()
    assert lines_with(r"\|\s*safe\b|\|\s*safeseq\b", files("templates", ".html", ".txt")) == {}


def test_escaping_is_off_in_plain_texts_only():
    """A .txt goes into a mail's text or subject; no HTML page turns escaping off."""
    pages = lines_with(r"autoescape\s+off", files("templates", ".html", ".txt"))
    assert [name for name in pages if not (name.endswith(".txt") and "/email/" in name)] == []


def test_templates_fit_the_policy():
    """Strict CSP: no style attribute or element, no handler, no inline script without nonce, no javascript: address."""
    pages = files("templates", ".html")
    assert lines_with(r"\sstyle=|<style", pages) == {}
    assert lines_with(r"<[a-z][^>]*\son[a-z]+=|javascript:", pages) == {}
    scripts = lines_with(r"<script(?![^>]*(\bsrc=|nonce=))", pages)
    assert {name: hits for name, hits in scripts.items() if any("<script" in hit for hit in hits)} == {}


def test_forms_that_post_carry_their_token():
    """Every form with method=post has {% csrf_token %} inside."""
    missing = [
        named(path)
        for path in files("templates", ".html")
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL | re.IGNORECASE)
        if "csrf_token" not in form and "{% include" not in form
    ]
    assert missing == []


# --- pins ----------------------------------------------------------------------------------------------------
FLOORS = {
    "django": "5.2.19",
    "daphne": "4.2.2",
    "channels": "4.3.2",
    "channels-redis": "4.3.0",
    "redis": "4.5.4",
    "pillow": "12.3.0",
    "django-allauth": "65.16.1",
    "celery": "5.2.2",
    "nh3": "0.3.0",
    "twisted": "24.10",
    "autobahn": "24.4",
}


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_versions_are_above_the_security_floor(package, floor):
    """S-63, security.md §7: as pinned and as installed."""
    pins = re.findall(
        rf"^{package}(?:\[[^\]]*\])?==([^\s\\;]+)", (ROOT / "requirements/base.txt").read_text(), re.MULTILINE
    )
    assert len(pins) == 1
    assert Version(pins[0]) >= Version(floor)
    assert Version(metadata.version(package)) >= Version(floor)


def test_what_is_retired_is_not_used():
    """bleach is no longer maintained; lxml's cleaner was split out."""
    pinned = (ROOT / "requirements/base.txt").read_text()
    assert not re.search(r"^(bleach|lxml-html-clean)==", pinned, re.MULTILINE)


def test_settings_that_security_pins():
    """security.md §7, last paragraph."""
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 1024 * 1024
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 1000
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES <= 10
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is True
    assert settings.SIGNED_COOKIE_LEGACY_SALT_FALLBACK is False
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == settings.TRUSTED_PROXY_COUNT
    assert not [name for name in settings.MIDDLEWARE if "cache" in name.lower()]
    assert lines_with(r"\bcache_page\b", product()) == {}
    assert attachments.MAX_PIXELS == 24_000_000
    assert celery.app.conf.task_serializer == "json"
    assert set(celery.app.conf.accept_content) == {"json"}
