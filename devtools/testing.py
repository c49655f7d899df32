"""`dev.py test`, `walks`, `lint`, `stories`, `faults`: every check of the project, with a closing line that counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools import browser, environment, vendoring
from devtools.bootstrap import Trouble
from devtools.folders import ROOT, throwaway_servers
from devtools.steps import Steps, module, program
from memo import catalogues

NOTHING = {"passed": 0, "failed": 0, "skipped": 0, "collected": 0}
_NO_TESTS = 5
# So many journeys that failed beside others may show whether they pass alone; more of them is no accident.
_AGAIN_AT_MOST = 3
# What carries the rules is typed through and through, and the ground too; pages and forms are not held to it.
_TYPED = ("*/actions.py", "*/actions/*.py", "*/selectors.py", "*/selectors/*.py", "*/events.py")
_GROUND = ("embedded", "processes", "programs", "supervisor", "running", "development", "watching", "catalogues")


def lint(arguments: list[str]) -> int:
    """Style, layers, types, templates, settings, migrations, vendored files."""
    steps = Steps()
    run_checks(steps)
    print(f"checks: {len(steps.passed)} passed, {len(steps.failed)} failed")
    return 1 if steps.failed else 0


def run_checks(steps: Steps) -> None:
    """Everything that needs no server."""
    env = environment.test({})
    fix = "`.venv/bin/ruff check --fix . && .venv/bin/ruff format .` mends most of it."
    steps.check("ruff check", module("ruff", "check", "--quiet", "."), env=env, advice=fix)
    steps.check("ruff format", module("ruff", "format", "--check", "--quiet", "."), env=env, advice=fix)
    if templates := _files("templates/**/*.html", "*/templates/**/*.html"):
        command = [program("djade"), "--check", "--target-version", "5.2", *templates]
        steps.check("djade", command, env=env, advice="run djade without --check over the named templates.")
    layers = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    steps.check("import layers", layers, env=env, advice="imports go downwards only: pyproject.toml has the floors.")
    if typed := typed_files():
        steps.check(
            "mypy", module("mypy", *typed), env=env, advice="the actions, selectors and events are fully typed."
        )
    production = environment.production()
    deploy = module("django", "check", "--deploy", "--fail-level", "INFO")
    steps.check("check --deploy", deploy, env=production, advice="production settings must give no warning.")
    advice = "run `manage.py makemigrations` and commit the result."
    steps.check("migrations", module("devtools.migrations"), env=production, advice=advice)
    steps.note("translations", _catalogue_problem())
    steps.note("vendored files", vendoring.problem())


def typed_files() -> list[str]:
    """The Python files that mypy looks at, relative to the checkout."""
    rules = [name for name in _files(*_TYPED) if not name.startswith("tests/")]
    return sorted({*rules, *(f"memo/{name}.py" for name in _GROUND)})


def _files(*patterns: str) -> list[str]:
    found: set[Path] = set()
    for pattern in patterns:
        found.update(path for path in ROOT.glob(pattern) if path.is_file())
    return sorted(str(path.relative_to(ROOT)) for path in found if not path.relative_to(ROOT).parts[0].startswith("."))


def _catalogue_problem() -> str | None:
    try:
        catalogues.compile_stale(ROOT)
    except catalogues.CatalogueError as error:
        return str(error)
    return None


def pytest(arguments: Iterable[str], env: dict[str, str]) -> tuple[int, dict]:
    """Runs pytest with its words on the terminal; returns its exit code and the counts; "again" has what failed."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        command = module("pytest", "-p", "devtools.pytest_counts", *arguments)
        code = subprocess.run(command, cwd=ROOT, env=env | {"MEMO_COUNTS": str(counts)}, check=False).returncode
        return code, json.loads(counts.read_text()) if counts.exists() else NOTHING | {"failed": 1}


def test(arguments: list[str]) -> int:
    """Without arguments everything; with arguments only pytest with them (such as -k ring or tests/mail)."""
    if arguments:
        with servers_for_tests() as servers:
            return pytest(arguments, environment.test(servers))[0]
    steps = Steps()
    run_checks(steps)
    with servers_for_tests() as servers:
        env = environment.test(servers)
        results = [_ordinary(steps, env), _journeys(steps, env)]
    total = {key: sum(result[key] for result in results) for key in NOTHING}
    if steps.failed:
        print("\nFailed: " + ", ".join(steps.failed))
    failed = total["failed"] + sum(name not in ("tests", "browser journeys") for name in steps.failed)
    shaky = sum(result.get("shaky", 0) for result in results)
    said = f", {shaky} of them at the second try" if shaky else ""
    print(f"{total['passed']} passed{said}, {failed} failed, {total['skipped']} skipped")
    return 1 if failed or steps.failed else 0


@contextmanager
def servers_for_tests() -> Iterator[dict[str, str]]:
    """Throw-away servers, unless the environment names both already."""
    if os.environ.get("DATABASE_URL") and os.environ.get("VALKEY_URL"):
        yield {}
        return
    with throwaway_servers() as urls:
        yield urls


# Stories and faults have commands of their own. Browser tests run apart from the others: Playwright keeps an event loop
# in the thread, which tests of sockets and of the fast lane cannot share.
_APART = [f"--ignore=tests/{folder}" for folder in ("stories", "faults")]


def _ordinary(steps: Steps, env: dict[str, str]) -> dict:
    print("\nTests", flush=True)
    code, counts = pytest(["tests", "-n", "2", "-m", "not browser and not walk", *_APART], env)
    steps.note("tests", None if code == 0 else "mend what is named above.")
    return counts


def _journeys(steps: Steps, env: dict[str, str]) -> dict:
    """The browser tests; without a browser a failure in CI, and elsewhere a loud line and a count."""
    print("\nBrowser journeys", flush=True)
    chosen = ["tests", "-m", "browser and not walk", *_APART]
    chromium = browser.find_chromium()
    if chromium:
        env = env | {"MEMO_CHROMIUM": chromium}
        code, counts = pytest([*chosen, "-n", "2"], env)
        if 0 < len(counts.get("again", [])) <= _AGAIN_AT_MOST:
            code, counts = _once_more(counts, env)
        steps.note("browser journeys", None if code in (0, _NO_TESTS) else "mend what is named above.")
        return counts
    _, counts = pytest([*chosen, "--collect-only", "-q"], env)
    problem = f"there is no Chromium: {browser.ADVICE}."
    if browser.required():
        steps.note("browser journeys", problem)
        return NOTHING | {"failed": 1}
    print(f"\n*** {counts['collected']} BROWSER TESTS SKIPPED: {problem} ***\n")
    return NOTHING | {"skipped": counts["collected"]}


def _once_more(first: dict, env: dict[str, str]) -> tuple[int, dict]:
    """The few journeys that failed, alone: other work makes a browser late. What fails again has failed; what
    passes now is named loudly, as a race in the product looks the same.
    """
    names = first["again"]
    print(f"\nOnce more, alone: {len(names)} of the browser journeys", flush=True)
    code, second = pytest(names, env)
    shaky = sorted(set(names) - set(second.get("again", names)))
    for name in shaky:
        print(f"*** SHAKY  {name}: failed beside others, passed alone. Find out why. ***")
    counts = {"passed": first["passed"] + len(shaky), "failed": len(names) - len(shaky), "shaky": len(shaky)}
    return code, first | counts


def walks(arguments: list[str]) -> int:
    """The slow tests that `test` leaves out: every page in every variant, long days, sign-in timed."""
    return _in_browsers(["tests", "-m", "walk", *_APART, "-n", "2", *arguments])


def stories(arguments: list[str]) -> int:
    """The stories that need the real clock, side by side, in real browsers."""
    _folder_or_trouble("tests/stories")
    return _in_browsers(["tests/stories", "-n", "6", *arguments])


def _in_browsers(arguments: list[str]) -> int:
    chromium = browser.find_chromium()
    if not chromium:
        raise Trouble(f"These tests need a browser: {browser.ADVICE}.")
    with servers_for_tests() as servers:
        return _close(pytest(arguments, environment.test(servers) | {"MEMO_CHROMIUM": chromium}))


def faults(arguments: list[str]) -> int:
    """Kills and cuts under load; the tests start an installation of their own."""
    _folder_or_trouble("tests/faults")
    return _close(pytest(["tests/faults", *arguments], environment.test({})))


def _folder_or_trouble(name: str) -> None:
    if not (ROOT / name).is_dir():
        raise Trouble(f"There is no {name} in this checkout: update it (`git pull`).")


def _close(result: tuple[int, dict]) -> int:
    code, counts = result
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return code
