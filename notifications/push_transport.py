"""The way to a push service: only https, only to hosts that the operator allows, only to public addresses (SSRF).

An address comes from a browser, so from anybody: it is checked when it is stored and again when it is used, and the
connection goes to the very address that was checked.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

LONGEST = 1000
_PATIENCE_S = 10.0
_WHOLE_S = 20.0

# (endpoint, headers, body) → status of the answer; raises BadEndpoint or Unreachable.
Transport = Callable[[str, Mapping[str, str], bytes], int]


class BadEndpoint(ValueError):
    """No address of a push service that this installation may talk to."""


class Unreachable(OSError):
    """The push service did not answer; worth another attempt."""


def check(endpoint: str) -> SplitResult:
    """The address in parts; raises BadEndpoint. Asks no name server."""
    if len(endpoint) > LONGEST or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise BadEndpoint("This is no address.")
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise BadEndpoint("This is no address.") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or "@" in parts.netloc or port not in {None, 443} or parts.fragment:
        raise BadEndpoint("A push service has an https address.")
    if _is_number(host) or "." not in host or not _allowed(host):
        raise BadEndpoint("This host is no push service known here.")
    return parts


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.replace(".", "").isdigit()
    return True


def _allowed(host: str) -> bool:
    return any(
        name in {"*", host} or (name.startswith("*.") and host.endswith(name[1:])) for name in settings.PUSH_HOSTS
    )


def public_address(host: str) -> str:
    """The first of the host's addresses, if all of them are public; raises BadEndpoint or Unreachable."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"The name {host} is not known.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not mapped.is_global or mapped.is_multicast:
            raise BadEndpoint("This host is not in the public network.")
    if not addresses:
        raise Unreachable(f"The name {host} has no address.")
    return addresses[0]


class _Connection(http.client.HTTPSConnection):
    """TLS for the host's name, over a connection to an address that was checked."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(host, 443, timeout=_PATIENCE_S)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, 443), timeout=_PATIENCE_S)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def post(endpoint: str, headers: Mapping[str, str], body: bytes) -> int:
    """One POST without redirects; the answer's body is not read. Takes at most 20 s."""
    parts = check(endpoint)
    host = (parts.hostname or "").rstrip(".")
    connection = _Connection(host, public_address(host))
    limit = threading.Timer(_WHOLE_S, _cut, [connection])
    limit.daemon = True
    limit.start()
    try:
        where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", where, body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        limit.cancel()
        connection.close()


def _cut(connection: http.client.HTTPSConnection) -> None:
    """Whoever answers drop by drop is cut off."""
    if connection.sock is not None:
        connection.sock.close()
