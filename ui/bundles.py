"""Joins a style sheet with the files it imports into one answer, so that a page waits for one request, not for twenty.

A finder for static files: `memo.css` stays a short list of imports on disk and works unjoined as well.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

BUNDLES = ("ui/css/memo.css",)
_IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\n\s*")


def joined(entry: Path) -> str:
    """The style sheet with its imports in their places, without comments and indents."""
    whole = _IMPORT.sub(lambda found: (entry.parent / found[1]).read_text(), entry.read_text())
    return _INDENT.sub("\n", _COMMENT.sub("", whole)).strip() + "\n"


class BundleFinder(BaseFinder):
    """Offers the joined style sheets before the ordinary finder offers their lists of imports."""

    def __init__(self, *args, **kwargs) -> None:
        self._sources = [Path(root) for root in settings.STATICFILES_DIRS]
        self._storage = FileSystemStorage(location=settings.DATA_DIR / "bundles")

    def check(self, **kwargs) -> list:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs) -> str | list[str]:
        """The joined file, made anew when one of its parts is younger."""
        path = posixpath.normpath(path)
        found = str(self._made(path)) if path in BUNDLES else ""
        return ([found] if found else []) if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns) -> Iterator[tuple[str, FileSystemStorage]]:
        for path in BUNDLES:
            self._made(path)
            yield path, self._storage

    def _made(self, path: str) -> Path:
        entry = next(root / path for root in self._sources if (root / path).exists())
        target = Path(self._storage.path(path))
        parts = [entry, *(entry.parent / name for name in _IMPORT.findall(entry.read_text()))]
        if not target.exists() or target.stat().st_mtime < max(part.stat().st_mtime for part in parts):
            target.parent.mkdir(parents=True, exist_ok=True)
            # Another process may be making it too: nobody may ever read half a file.
            handle, fresh = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "w") as file:
                file.write(joined(entry))
            Path(fresh).chmod(0o644)
            Path(fresh).replace(target)
        return target
