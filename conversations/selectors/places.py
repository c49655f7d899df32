"""Where a message stands in its thread: the page that shows it with what follows."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.models import Conversation, Message
from conversations.selectors.timeline import Before

_AFTER = 10


@dataclass(frozen=True)
class Place:
    """`before`: the end of the page that holds the message, None for the newest one; `message`: its client id."""

    before: Before | None
    message: str


def place_of(conversation: Conversation, side: Conversation | None, *, seq: int = 0, side_seq: int = 0) -> Place | None:
    """The place of the message with this seq of the conversation, or of what lies beside it; None if there is none.

    Both were found by the selectors of visibility; two statements.
    """
    of, number = (side, side_seq) if side_seq else (conversation, seq)
    if of is None or not 0 < number < 2**31:
        return None
    rows = Message.objects.filter(conversation=of, seq__gte=number).order_by("seq")
    found = list(rows.values_list("seq", "client_id", "created_at")[: _AFTER + 1])
    if not found or found[0][0] != number:
        return None
    message = str(found[0][1])
    if len(found) <= _AFTER:
        return Place(None, message)
    last, until = found[-1][0] + 1, found[-1][2]
    other = conversation if of is side else side
    beside = 1
    if other is not None:
        earlier = Message.objects.filter(conversation=other, created_at__lte=until).order_by("-seq")
        beside = (earlier.values_list("seq", flat=True).first() or 0) + 1
    before = Before(beside, last, until) if of is side else Before(last, beside, until)
    return Place(before, message)
