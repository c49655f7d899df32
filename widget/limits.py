"""How much a browser may ask, by address and by visitor (S-50, S-52); docs/widget.md has the same table."""

from __future__ import annotations

import structlog
from django.http import HttpRequest

from events import limits
from events.origin import network_of, shortened

log = structlog.get_logger(__name__)

# what -> ((tokens, seconds to refill) by address, (…) by visitor)
TABLE: dict[str, tuple[tuple[int, float], tuple[int, float] | None]] = {
    "frame": ((240, 60), None),
    "session": ((120, 60), None),
    "mint": ((30, 600), None),
    "identify": ((20, 600), (10, 600)),
    "guess": ((40, 60), None),
    "read": ((600, 60), (240, 60)),
    "start": ((60, 600), (20, 600)),
    "say": ((240, 60), (60, 60)),
    "signal": ((600, 60), (120, 60)),
    "upload": ((120, 300), (40, 300)),
    "ticket": ((240, 60), (60, 60)),
    "poll": ((240, 60), (40, 60)),
}
# Without Valkey nothing can be counted: who is known goes on, what lets strangers in waits.
_NEED_COUNTING = {"mint", "identify", "guess"}


def allow(what: str, request: HttpRequest, *, visitor_id: int | None = None) -> bool:
    """Take one token of both buckets of `what`; False (and a line in the log) when one of them is empty."""
    by_address, by_visitor = TABLE[what]
    address = network_of(request)
    if not _take(what, f"ip:{address}", by_address):
        log.warning("widget limit reached", what=what, by="address", address=shortened(address))
        return False
    if visitor_id is not None and by_visitor and not _take(what, f"v:{visitor_id}", by_visitor):
        log.warning("widget limit reached", what=what, by="visitor", visitor=visitor_id)
        return False
    return True


def allow_signal(visitor_id: int) -> bool:
    """Whether a visitor's socket may signal once more: typing and the page they are on."""
    return _take("signal", f"v:{visitor_id}", TABLE["signal"][1] or TABLE["signal"][0])


def _take(what: str, whose: str, bucket: tuple[int, float]) -> bool:
    return limits.take(
        f"w:{what}:{whose}", limit=bucket[0], per_s=bucket[1], open_without_valkey=what not in _NEED_COUNTING
    )
