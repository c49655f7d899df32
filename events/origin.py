"""From where the request at hand comes: its address and the signed-in user, for rows that record who did what.

Nothing may depend on it but such rows: rights are asked of the viewer who is passed in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

_address: ContextVar[str | None] = ContextVar("address", default=None)


def address_of(request: HttpRequest) -> str | None:
    """The caller's address: what the outermost of our own proxies saw; entries before it may be forged (S-50)."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    count = settings.TRUSTED_PROXY_COUNT
    believed = hops[-count] if 0 < count <= len(hops) else ""
    return _clean(believed) or _clean(request.META.get("REMOTE_ADDR", ""))


def network_of(request: HttpRequest) -> str:
    """The caller's address as limits count it: an IPv6 one is cut to its /64, of which a household may take any."""
    found = address_of(request)
    if found is None:
        return "unknown"
    address = ipaddress.ip_address(found)
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def shortened(network: str) -> str:
    """The address as far as logs and metrics may hold it: the last part is cut off (docs/operate.md)."""
    return network.rpartition(":" if ":" in network else ".")[0] or network


def _clean(value: str) -> str | None:
    try:
        return str(ipaddress.ip_address(value.strip("[]")))
    except ValueError:
        return None


def address() -> str | None:
    """The address of the request at hand; None outside of one."""
    return _address.get()


@contextmanager
def coming_from(where: str | None) -> Iterator[None]:
    """Everything inside is done for a request from there."""
    token = _address.set(where)
    try:
        yield
    finally:
        _address.reset(token)
