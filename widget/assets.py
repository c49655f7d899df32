"""The browser side as it is served: the loader with its compressions, and what the frame's page links to."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import brotli
from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from ui import modules
from widget import minify

START = "memo/widget/app"
LOADER = Path(__file__).resolve().parent.parent / "static" / "widget" / "memo.js"


@dataclass(frozen=True)
class Loader:
    """The bytes of memo.js by content coding, and the tag by which browsers know them."""

    plain: bytes
    gzip: bytes
    br: bytes
    etag: str


def _read_loader() -> Loader:
    plain = LOADER.read_bytes()
    tag = hashlib.sha256(plain).hexdigest()[:16]
    return Loader(plain, gzip.compress(plain, 9, mtime=0), brotli.compress(plain), f'"{tag}"')


_loader_once = functools.cache(_read_loader)


def loader() -> Loader:
    """The loader; read once, or every time while developing."""
    return _read_loader() if settings.DEBUG else _loader_once()


@dataclass(frozen=True)
class Frame:
    """Addresses for the frame's page; `import_map` and `modules` only while it runs on its sources."""

    style: str
    start: str
    modules: tuple[str, ...] = ()
    import_map: SafeString | str = ""


def frame() -> Frame:
    """The built files; while developing and changed since they were made, the sources themselves (no Node needed)."""
    if settings.DEBUG and not minify.is_current():
        return _from_sources()
    return Frame(static("widget/frame.css"), static("widget/frame.js"))


def _from_sources() -> Frame:
    names = modules.needed_by(START)
    table = {"imports": {name: modules.address(name) for name in names}}
    text = json.dumps(table, separators=(",", ":")).replace("<", "\\u003c")
    return Frame(
        static("widget/css/all.css"),
        modules.address(START),
        tuple(modules.address(name) for name in names[1:]),
        mark_safe(text),  # noqa: S308 (our own addresses)
    )
