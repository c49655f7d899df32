"""Pure: which sites may show a widget, as exact origins “scheme://host[:port]”; what was typed is never passed on."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 200
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DEFAULT_PORT = {"http": 80, "https": 443}


class BadOrigin(Exception):
    """The text is no origin; `reason` is wildcard, scheme, host, port or more (something besides the origin)."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.text, self.reason = text, reason


def normalise(text: str) -> str:
    """The origin as browsers write it: lower case, punycode, no default port, no final slash. Raises BadOrigin.

    A bare host (“shop.example”) is read as https. Wildcards, paths, user names and queries are refused (S-35).
    """
    typed = text.strip()
    if "*" in typed:
        raise BadOrigin(typed, "wildcard")
    parts = _split(typed if "://" in typed else f"https://{typed}", typed)
    if parts.scheme not in _DEFAULT_PORT:
        raise BadOrigin(typed, "scheme")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc or "\\" in typed:
        raise BadOrigin(typed, "more")
    host = _host(parts.hostname or "", typed)
    origin = f"{parts.scheme}://{host}{_port(parts, typed)}"
    if len(origin) > MAX_LENGTH:
        raise BadOrigin(typed, "host")
    return origin


def normalise_all(lines: list[str]) -> list[str]:
    """Every non-empty line, in its order, each origin once. Raises BadOrigin for the first bad one."""
    return list(dict.fromkeys(normalise(line) for line in lines if line.strip()))


def _split(address: str, typed: str) -> SplitResult:
    # urlsplit() drops tabs and line ends silently; a browser would too, so what it reads is not what was typed.
    if any(char.isspace() or not char.isprintable() for char in address):
        raise BadOrigin(typed, "more")
    try:
        return urlsplit(address)
    except ValueError:
        raise BadOrigin(typed, "host") from None


def _host(host: str, typed: str) -> str:
    if ":" in host:
        if "%" in host:
            raise BadOrigin(typed, "host")
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise BadOrigin(typed, "host") from None
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise BadOrigin(typed, "host") from None
    labels = ascii_host.lower().split(".")
    if len(ascii_host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadOrigin(typed, "host")
    return _number_checked(labels, typed)


def _number_checked(labels: list[str], typed: str) -> str:
    """A host whose last label is a number is an IPv4 address for browsers; only its plain spelling is taken."""
    host = ".".join(labels)
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadOrigin(typed, "host") from None
    return host


def _port(parts: SplitResult, typed: str) -> str:
    try:
        port = parts.port
    except ValueError:
        raise BadOrigin(typed, "port") from None
    if parts.netloc.endswith(":") or port == 0:
        raise BadOrigin(typed, "port")
    return "" if port is None or port == _DEFAULT_PORT[parts.scheme] else f":{port}"
