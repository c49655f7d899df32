"""Makes the files that browsers get out of those that people write: one style sheet, lean scripts, joined scripts.

A finder for static files, so that development and production serve the same: `memo.css` is a list of imports on disk,
comments and indents leave the scripts, and the modules that a page runs at its start come as one (ui.modules.JOINED).
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from ui import joining, modules, stripping

BUNDLES = ("ui/css/memo.css",)
_IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\n\s*")
_MAKERS = (Path(__file__), *(Path(one.__file__) for one in (joining, modules, stripping)))


@dataclass(frozen=True)
class Recipe:
    """How one file is made: out of which parts, and by what."""

    parts: tuple[Path, ...]
    make: Callable[[], str]

    @property
    def changed(self) -> int:
        """When the youngest of its parts, or what makes it, changed; in nanoseconds."""
        return max(part.stat().st_mtime_ns for part in (*self.parts, *_MAKERS))


def joined(entry: Path) -> str:
    """The style sheet with its imports in their places, without comments and indents."""
    whole = _IMPORT.sub(lambda found: (entry.parent / found[1]).read_text(), entry.read_text())
    return _INDENT.sub("\n", _COMMENT.sub("", whole)).strip() + "\n"


def _style(path: str) -> Recipe:
    entry = next(root / path for root in map(Path, settings.STATICFILES_DIRS) if (root / path).exists())
    return Recipe((entry, *(entry.parent / name for name in _IMPORT.findall(entry.read_text()))), lambda: joined(entry))


def _lean(script: Path) -> Recipe:
    return Recipe((script,), lambda: stripping.stripped(script.read_text()))


def _script(name: str) -> Recipe:
    known = modules.files()
    parts = tuple(known[one][0] for one in modules.needed_by(name))

    def source(one: str) -> str | None:
        return known[one][0].read_text() if one.startswith("memo/") else None

    return Recipe(parts, lambda: joining.joined(modules.JOINED[name], source))


def _doorway(name: str, script: str) -> Recipe:
    path = modules.files()[name][0]
    return Recipe((path,), lambda: joining.doorway(name, joining.read(path.read_text()).exports, script))


def recipes() -> dict[str, Recipe]:
    """Every file that is made, by its path below the static address."""
    found = {path: _style(path) for path in BUNDLES}
    for name, (path, address) in modules.files().items():
        if name.startswith("memo/"):
            found[address] = _lean(path)
    for script in modules.JOINED:
        found[modules.joined_file(script)] = _script(script)
        for name in modules.needed_by(script):
            if name.startswith("memo/"):
                found[modules.doorway_file(name)] = _doorway(name, script)
    return found


class BundleFinder(BaseFinder):
    """Offers what is made before the ordinary finder offers what it is made of."""

    def __init__(self, *args, **kwargs) -> None:
        self._storage = FileSystemStorage(location=settings.DATA_DIR / "bundles")

    def check(self, **kwargs) -> list:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs) -> str | list[str]:
        """The made file, made anew when one of its parts has changed."""
        path = posixpath.normpath(path)
        recipe = recipes().get(path) if path.endswith((".css", ".js")) else None
        found = str(self._made(path, recipe)) if recipe else ""
        return ([found] if found else []) if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns) -> Iterator[tuple[str, FileSystemStorage]]:
        for path, recipe in recipes().items():
            self._made(path, recipe)
            yield path, self._storage

    def _made(self, path: str, recipe: Recipe) -> Path:
        target = Path(self._storage.path(path))
        changed = recipe.changed
        if not target.exists() or target.stat().st_mtime_ns != changed:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Another process may be making it too: nobody may ever read half a file.
            handle, fresh = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "w") as file:
                file.write(recipe.make())
            Path(fresh).chmod(0o644)
            os.utime(fresh, ns=(changed, changed))
            Path(fresh).replace(target)
        return target
