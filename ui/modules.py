"""The browser's modules: our own by the name memo/<app>/<path>, vendored ones by vendor.json; no bundler.

static/<app>/js/<path>.js is imported as "memo/<app>/<path>". The import map gives every name its hashed address, so a
module never names a file; `needed_by` follows the imports so that a page can fetch them all at once.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

_IMPORTED = re.compile(r"""\b(?:from|import)\s*\(?\s*["']([^"']+)["']""")
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


@functools.cache
def _files_once() -> dict[str, tuple[Path, str]]:
    return _files()


def files() -> dict[str, tuple[Path, str]]:
    """Module name -> (file, path below the static address); looked up anew each time while developing."""
    return _files() if settings.DEBUG else _files_once()


def address(name: str) -> str:
    """The address of one module; raises UnknownModule."""
    try:
        return static(files()[name][1])
    except KeyError:
        raise UnknownModule(f"No static/<app>/js file is called “{name}”.") from None


def _imports(name: str) -> list[str]:
    known = files()
    if name not in known:
        raise UnknownModule(f"No static/<app>/js file is called “{name}”.")
    if not name.startswith("memo/"):
        return []  # vendored files come whole
    return [found for found in _IMPORTED.findall(_COMMENTS.sub("", known[name][0].read_text())) if found in known]


def _needed_by(names: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _imports(name)
    return tuple(found)


_needed_once = functools.cache(_needed_by)


def needed_by(*names: str) -> tuple[str, ...]:
    """These modules and everything they import, each once, the asked ones first."""
    return _needed_by(names) if settings.DEBUG else _needed_once(names)


def _import_map(names: tuple[str, ...]) -> str:
    wanted = needed_by(*names) if names else [name for name in files() if not name.startswith("memo/widget/")]
    table = {name: address(name) for name in wanted}
    return json.dumps({"imports": table}, separators=(",", ":")).replace("<", "\\u003c")


_import_map_once = functools.cache(_import_map)


def import_map(*names: str) -> str:
    """The import map as JSON, safe inside a script element: of these modules and what they need, or of all.

    A visit keeps the map of its first page, so only pages that Turbo never leaves may have a part of it.
    """
    return _import_map(names) if settings.DEBUG else _import_map_once(names)
