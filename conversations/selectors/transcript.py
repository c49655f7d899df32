"""A conversation from its first to its last message, for paper and mail: one order of time, two kinds unmistakable."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import merge

from companies.models import Membership
from conversations.models import Conversation
from conversations.selectors.messages import page, stored_message_data
from conversations.selectors.peers import beginning_for

MOST = 2_000
_STEP = 200


@dataclass(frozen=True)
class Transcript:
    """`messages` as message_data() by time, the newest MOST of each side; `cut` when earlier ones are left out."""

    messages: list[dict] = field(default_factory=list)
    cut: bool = False


def transcript_of(
    member: Membership, conversation: Conversation, side: Conversation | None, *, most: int = MOST
) -> Transcript:
    """What the member reads of the conversation, and of `side` where internal lines are wanted; without deleted ones.

    The conversation comes from conversation_for(). Without `side` nothing internal is ever read (INV-02).
    """
    beginning = beginning_for(member, conversation)[0]
    main, cut = _all(conversation, beginning, most)
    beside, beside_cut = _all(side, 0, most) if side is not None else ([], False)
    return Transcript(list(merge(main, beside, key=lambda data: data["at"])), cut or beside_cut)


def _all(conversation: Conversation, beginning: int, most: int) -> tuple[list[dict], bool]:
    """The newest ones, oldest first; in steps, so that no long conversation is one long statement."""
    found: list[dict] = []
    before = None
    while len(found) <= most:
        rows = page(conversation, before=before, limit=_STEP, beginning=beginning)
        found = [stored_message_data(row, conversation) for row in rows] + found
        if len(rows) < _STEP:
            break
        before = rows[0].seq
    shown = [data for data in found if not data["deleted"]]
    return shown[-most:], len(shown) > most
