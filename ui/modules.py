"""The browser's modules: our own by the name memo/<app>/<path>, vendored ones by vendor.json.

static/<app>/js/<path>.js is imported as "memo/<app>/<path>". The import map gives every name its hashed address, so a
module never names a file; `needed_by` follows the imports so that a page can fetch them all at once. What the team's
pages run at their start is joined into one script, "memo/team" (ui.bundles makes it); what they need only when somebody
asks for it is loaded by import("memo/…") and finds the modules of the joined script by their ordinary names.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

TEAM = "memo/team"
JOINED = {TEAM: ("memo/ui/app", "memo/conversations/inbox")}
_AT_START = re.compile(r"""\b(?:from|import)\s*["']([^"']+)["']""")
_EVER = re.compile(r"""\b(?:from|import)\s*\(?\s*["']([^"']+)["']""")
_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


class UnknownModule(LookupError):
    """No file has this module name."""


def _own() -> Iterator[tuple[str, Path, str]]:
    for root in map(Path, settings.STATICFILES_DIRS):
        for path in sorted(root.glob("*/js/**/*.js")):
            app, _, *rest = path.relative_to(root).with_suffix("").parts
            yield f"memo/{app}/{'/'.join(rest)}", path, path.relative_to(root).as_posix()


def _vendored() -> Iterator[tuple[str, Path, str]]:
    for root in map(Path, settings.STATICFILES_DIRS):
        listing = root / "vendor" / "vendor.json"
        for package in json.loads(listing.read_text()) if listing.exists() else []:
            for row in package["files"]:
                if "module" in row:
                    yield row["module"], listing.with_name(row["file"]), f"vendor/{row['file']}"


def _files() -> dict[str, tuple[Path, str]]:
    return {name: (path, address) for name, path, address in (*_vendored(), *_own())}


@functools.lru_cache(maxsize=1)
def _files_of(_turn: int) -> dict[str, tuple[Path, str]]:
    return _files()


def files() -> dict[str, tuple[Path, str]]:
    """Module name -> (file, path below the static address); looked up once, and every second while developing."""
    return _files_of(int(time.monotonic()) if settings.DEBUG else 0)


def address(name: str) -> str:
    """The address of one module or joined script; raises UnknownModule."""
    return static(joined_file(name) if name in JOINED else _file(name)[1])


def joined_file(name: str) -> str:
    """Where a joined script lies below the static address."""
    return f"ui/joined/{name.removeprefix('memo/')}.js"


def doorway_file(name: str) -> str:
    """Where the doorway of a module lies that is part of a joined script."""
    return f"ui/joined/{name}.js"


def _file(name: str) -> tuple[Path, str]:
    try:
        return files()[name]
    except KeyError:
        raise UnknownModule(f"No static/<app>/js file is called “{name}”.") from None


@functools.lru_cache(maxsize=1024)
def _named_in(path: Path, _changed: int, pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(pattern.findall(_COMMENTS.sub("", path.read_text())))


def _imports(name: str, pattern: re.Pattern[str]) -> list[str]:
    path = _file(name)[0]
    if not name.startswith("memo/"):
        return []  # vendored files come whole
    known = files()
    return [found for found in _named_in(path, path.stat().st_mtime_ns, pattern) if found in known]


def _followed(names: tuple[str, ...], pattern: re.Pattern[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [one for name in names for one in JOINED.get(name, (name,))]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _imports(name, pattern)
    return tuple(found)


_followed_once = functools.cache(_followed)


def needed_by(*names: str) -> tuple[str, ...]:
    """These modules and everything they import at their start, each once, the asked ones first."""
    return _followed(names, _AT_START) if settings.DEBUG else _followed_once(names, _AT_START)


def fetched_for(*names: str, joined: str = "") -> tuple[str, ...]:
    """What a page that runs these fetches at once: modules, and joined scripts instead of their own modules.

    `joined` is the joined script that the page has anyway.
    """
    apart = [name for name in names if name not in JOINED]
    inside = {one for name in {*names, joined} & JOINED.keys() for one in needed_by(name) if one.startswith("memo/")}
    scripts = [name for name in names if name in JOINED]
    vendored = [one for name in scripts for one in needed_by(name) if not one.startswith("memo/")]
    return tuple(dict.fromkeys([*scripts, *vendored, *(one for one in needed_by(*apart) if one not in inside)]))


def _import_map(names: tuple[str, ...]) -> str:
    joined = [name for name in names if name in JOINED]
    if names and not joined:
        wanted = _followed(names, _EVER)
    else:
        wanted = tuple(name for name in files() if not name.startswith("memo/widget/"))
    table = {name: address(name) for name in (*joined, *wanted)}
    for name in needed_by(*joined) if joined else ():
        if name.startswith("memo/"):
            table[name] = static(doorway_file(name))
    return json.dumps({"imports": table}, separators=(",", ":")).replace("<", "\\u003c")


_import_map_once = functools.cache(_import_map)


def import_map(*names: str) -> str:
    """The import map as JSON, safe inside a script element: of these modules and what they ever need, or of all.

    With a joined script the map holds all modules, those of the script behind their doorways.

    A visit keeps the map of its first page, so only pages that Turbo never leaves may have a part of it.
    """
    return _import_map(names) if settings.DEBUG else _import_map_once(names)
