"""Pure: which sites may show a widget, as exact origins; nothing that a tenant typed reaches a header unchecked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?")
_DEFAULT_PORT = {"http": "80", "https": "443"}


def normal(text: str) -> str:
    """The origin as browsers write it (“https://shop.example”), or empty when it is none."""
    match = _ORIGIN.fullmatch(text.strip().lower().rstrip("/"))
    if match is None:
        return ""
    scheme, host, port = match.groups()
    if port is not None and not 0 < int(port) < 65_536:
        return ""
    return f"{scheme}://{host}" + ("" if port in (None, _DEFAULT_PORT[scheme]) else f":{port}")


def allowed(listed: Iterable[str]) -> list[str]:
    """The usable origins of a widget's list, in its order, each once."""
    return list(dict.fromkeys(origin for origin in map(normal, listed) if origin))


def frame_ancestors(listed: Iterable[str]) -> str:
    """The value of the directive: the list itself, or nowhere (S-35)."""
    return " ".join(allowed(listed)) or "'none'"


def of_address(url: str) -> str:
    """The origin of a page's address, or empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return normal(f"{parts.scheme}://{parts.netloc}")


def without_query(url: str) -> str:
    """A page's address as far as it is stored: no query, no fragment, at most 500 characters (GDPR)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:500]
