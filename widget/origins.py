"""Pure: where a widget may stand, as headers and checks need it; nothing that a tenant typed passes unread."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from channels_app.origins import BadOrigin, normalise


def allowed(listed: Iterable[str]) -> list[str]:
    """The usable origins of a widget's list, in its order, each once."""
    return list(dict.fromkeys(origin for origin in map(_readable, listed) if origin))


def _readable(text: str) -> str:
    try:
        return normalise(text)
    except BadOrigin:
        return ""


def frame_ancestors(listed: Iterable[str]) -> str:
    """The value of the directive: the list itself, or nowhere (S-35)."""
    return " ".join(allowed(listed)) or "'none'"


def of_address(url: str) -> str:
    """The origin of a page's address, or empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return _readable(f"{parts.scheme}://{parts.netloc}")


def without_query(url: str) -> str:
    """A page's address as far as it is stored: no query, no fragment, at most 500 characters (GDPR)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:500]
