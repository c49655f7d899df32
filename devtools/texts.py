"""Collects the texts of Python files and templates into locale/*/LC_MESSAGES/django.po, without the gettext tools."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from devtools.folders import ROOT

LANGUAGES = ("de", "sv")
_SKIPPED = {"tests", "devtools", "bench", "docs", "node_modules"}
_TEMPLATE_KINDS = (".html", ".txt")
_KEYWORDS: dict[str, tuple | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def update(root: Path = ROOT) -> dict[str, int]:
    """Brings every catalogue up to the sources; returns language -> number of texts still without a translation."""
    template = collect(root)
    missing = {}
    for language in LANGUAGES:
        path = root / "locale" / language / "LC_MESSAGES" / "django.po"
        catalogue = _merge(path, language, template)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
        missing[language] = sum(not _translated(message.string) for message in catalogue if message.id)
    return missing


def _translated(text: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(text) if isinstance(text, (tuple, list)) else bool(text)


def _merge(path: Path, language: str, template: Catalog) -> Catalog:
    if not path.exists():
        fresh = Catalog(locale=language, project="Memo", charset="utf-8", header_comment="# Memo", fuzzy=False)
        fresh.update(template, no_fuzzy_matching=True)
        return fresh
    with path.open("rb") as file:
        known = read_po(file, locale=language)
    made = known.creation_date
    known.update(template, no_fuzzy_matching=True, update_header_comment=False)
    known.creation_date = made
    return known


def collect(root: Path) -> Catalog:
    """Every marked text of the checkout, with the files that use it."""
    catalogue = Catalog(project="Memo", charset="utf-8")
    for path in _sources(root):
        name = str(path.relative_to(root))
        for _, message, comments, context in _texts(path):
            if message:
                catalogue.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalogue


def _sources(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        place = Path(folder).relative_to(root)
        # Cut here, not filtered later: .venv alone has more files than the whole checkout.
        folders[:] = sorted(name for name in folders if not _skipped(place / name))
        for path in (Path(folder, name) for name in sorted(files)):
            if path.suffix == ".py" or (path.suffix in _TEMPLATE_KINDS and "templates" in place.parts):
                yield path


def _skipped(folder: Path) -> bool:
    return folder.parts[0] in _SKIPPED or folder.name.startswith(".") or folder.name == "migrations"


def _texts(path: Path) -> Iterator[tuple]:
    """What Babel finds in a Python file, or in a template after Django has rewritten its tags as calls."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django keeps the line breaks but also the indentation, which is none to Python.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).split("\n"))
    yield from extract(
        "python", BytesIO(text.encode()), _KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
