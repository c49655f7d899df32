"""Compiles the translations (locale/*/LC_MESSAGES/*.po) with Babel, so that nobody needs the gettext tools."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent


class CatalogueError(Exception):
    """A .po file cannot be read; the text names it and the line."""


def compile_stale(root: Path = ROOT) -> list[Path]:
    """Writes every .mo that is missing or older than its .po; returns those. Unsure ("fuzzy") texts stay out."""
    return [_compile(path) for path in sorted(root.glob("locale/*/LC_MESSAGES/*.po")) if _stale(path)]


def _stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(source: Path) -> Path:
    target = source.with_suffix(".mo")
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    except PoFileError as error:
        raise CatalogueError(f"{source.relative_to(source.parents[3])}: {error}: mend that line.") from None
    fresh = target.with_suffix(".mo.new")
    with fresh.open("wb") as file:
        write_mo(file, catalogue, use_fuzzy=False)
    fresh.replace(target)
    return target


if __name__ == "__main__":
    try:
        for written in compile_stale():
            print(f"compiled {written.relative_to(ROOT)}")
    except CatalogueError as failure:
        sys.exit(str(failure))
