"""One timeline of a request: what the requester reads and the internal lines beside it, interleaved by time.

Two conversations, two orders of seq, two audiences – merged only here, for members who may read both (model.md §1.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge

from django.db.models import Q
from django.utils import timezone

from companies.models import Membership
from conversations.models import Conversation, Message, Offer, Participant
from conversations.selectors.history import Line, lines_of
from conversations.selectors.messages import PAGE, changed_since, page, stored_message_data
from conversations.selectors.peers import beginning_for
from conversations.selectors.requests import Asker
from events.prepared import Prepared

_TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True)
class Before:
    """Where an older page ends: the first shown seq of each order and the time of the first shown entry."""

    seq: int
    side_seq: int
    at: datetime | None = None


@dataclass(frozen=True)
class Cursor:
    """How far a page is that catches up: the newest seq of each order, and the number of the last change it knows."""

    after: int = 0
    after_side: int = 0
    changed: int = 0
    changed_side: int = 0


@dataclass(frozen=True)
class Reading:
    """Read marks: the member's own in both orders, how far the requester has read, and what went to them by mail."""

    mine: int = 0
    mine_side: int = 0
    requester: int = 0
    mailed: int = 0


@dataclass
class Timeline:
    """`entries` are dicts with "type" message, line, day or new; `older` is the page before, None at the start."""

    entries: list[dict] = field(default_factory=list)
    older: Before | None = None
    newest: int = 0
    newest_side: int = 0
    more: bool = False
    changes: int = 0
    changes_side: int = 0

    @property
    def header(self) -> str:
        """X-Memo-Newest: how far a page is that has these entries."""
        return f"{self.newest},{self.newest_side},{int(self.more)},{self.changes},{self.changes_side}"


def reading_of(member: Membership, conversation: Conversation, side: Conversation | None) -> Reading:
    """One query for the three marks."""
    ids = [one.pk for one in (conversation, side) if one is not None]
    rows = _MARKS.rows(ids, member.user_id)
    mine = mine_side = requester = mailed = 0
    for row in rows:
        if row.user_id != member.user_id:
            requester, mailed = max(requester, row.last_read_seq), max(mailed, row.mailed_seq)
        elif row.conversation_id == conversation.pk:
            mine = row.last_read_seq
        else:
            mine_side = row.last_read_seq
    return Reading(mine, mine_side, requester, mailed)


_MARKS = Prepared(
    lambda ids, user_id: Participant.objects.filter(
        Q(user_id=user_id) | Q(side=Participant.Side.REQUESTER), conversation_id__any=ids
    )
)


def latest(
    member: Membership,
    conversation: Conversation,
    side: Conversation | None,
    reading: Reading | None = None,
    offers: list[Offer] | None = None,
) -> Timeline:
    """The newest page, with the divider before what the member has not read; `offers`: the ring log, if known."""
    return _page(member, conversation, side, None, reading, offers)


def earlier(member: Membership, conversation: Conversation, side: Conversation | None, before: Before) -> Timeline:
    """The page before another one."""
    return _page(member, conversation, side, before, None)


def for_asker(asker: Asker, conversation: Conversation, before: Before | None, reading: Reading | None) -> Timeline:
    """A page as the one who asks reads it: messages only, no line of what the team did, nothing beside."""
    return _page(asker, conversation, None, before, reading if before is None else None)


def following_for_asker(asker: Asker, conversation: Conversation, cursor: Cursor, *, limit: int) -> Timeline:
    """What came after a cursor, for the one who asks."""
    return following(asker, conversation, None, cursor, limit=limit)


def reading_of_asker(asker: Asker, conversation: Conversation) -> Reading:
    """How far the one who asks has read, and (`requester`) how far somebody of the team has."""
    rows = list(Participant.objects.filter(conversation=conversation))
    mine = max((row.last_read_seq for row in rows if row.customer_id == asker.customer.pk), default=0)
    return Reading(mine, 0, max((row.last_read_seq for row in rows if row.user_id), default=0))


def _page(
    member: Membership | Asker,
    conversation: Conversation,
    side: Conversation | None,
    before: Before | None,
    reading: Reading | None,
    offers: list[Offer] | None = None,
) -> Timeline:
    beginning, joined_at = _beginning(member, conversation)
    main = page(conversation, before=before.seq if before else None, beginning=beginning)
    beside = page(side, before=before.side_seq if before else None) if side else []
    merged = list(merge(_timed(main, conversation), _timed(beside, side), key=lambda entry: entry[0]))
    kept = merged[-PAGE:]
    first = _first_seq(kept, conversation, main, before.seq if before else None)
    first_side = _first_seq(kept, side, beside, before.side_seq if before else None) if side else 1
    start = kept[0][0] if kept else None
    older = Before(first, first_side, start) if first > 1 + beginning or first_side > 1 else None
    lines = []
    if not isinstance(member, Asker):
        since, until = start if older else joined_at, before.at if before else None
        lines = lines_of(conversation, since=since, until=until, offers=offers)
    newest, newest_side = (rows[-1].seq if rows else 0 for rows in (main, beside))
    entries = _entries(kept, lines, member, reading)
    changes = conversation.head.changes
    changes_side = side.head.changes if side else 0
    shown = _without_early_divider(entries) if older else entries
    return Timeline(shown, older, newest, newest_side, changes=changes, changes_side=changes_side)


def _without_early_divider(entries: list[dict]) -> list[dict]:
    """A divider above the first line of a page would lie: what is unread began on the page before."""
    first = next((n for n, entry in enumerate(entries) if entry["type"] in {"message", "new"}), None)
    if first is not None and entries[first]["type"] == "new":
        del entries[first]
    return entries


def _first_seq(kept: list, conversation: Conversation | None, rows: list[Message], before: int | None) -> int:
    """The seq below which the older page goes on; 1 when there is nothing below."""
    shown = [message.seq for _, message, of in kept if of is conversation]
    if shown:
        return shown[0]
    return rows[-1].seq + 1 if rows else (before or 1)


def following(
    member: Membership | Asker,
    conversation: Conversation,
    side: Conversation | None,
    cursor: Cursor,
    *,
    limit: int,
) -> Timeline:
    """What came after a cursor, at most `limit` of each order, and what was edited or deleted before it."""
    beginning = _beginning(member, conversation)[0]
    main, changes = _missed(conversation, max(cursor.after, beginning), cursor.changed, limit, beginning)
    beside, changes_side = _missed(side, cursor.after_side, cursor.changed_side, limit, 0) if side else ([], 0)
    merged = merge(_timed(main, conversation), _timed(beside, side), key=lambda entry: entry[0])
    fresh = {sum(row.seq > cursor.after for row in main), sum(row.seq > cursor.after_side for row in beside)}
    return Timeline(
        [_message_entry(message, of, member) for _, message, of in merged],
        None,
        max([cursor.after, *(row.seq for row in main)]),
        max([cursor.after_side, *(row.seq for row in beside)]),
        more=limit in fresh,
        changes=changes,
        changes_side=changes_side,
    )


def _beginning(member: Membership | Asker, conversation: Conversation) -> tuple[int, datetime | None]:
    return (member.since_seq, None) if isinstance(member, Asker) else beginning_for(member, conversation)


def _missed(
    conversation: Conversation, after: int, changed: int, limit: int, beginning: int
) -> tuple[list[Message], int]:
    """The messages after one cursor and the changed ones up to it, and the number of the last change; one query more
    only where something was changed.
    """
    changes = conversation.head.changes
    old = changed_since(conversation, changed, upto=after, beginning=beginning) if changes > changed else []
    return old + page(conversation, after=after, limit=limit), changes


def _timed(
    rows: list[Message], conversation: Conversation | None
) -> list[tuple[datetime, Message, Conversation | None]]:
    """Rows with a time that never goes back, so that merging keeps each order of seq."""
    timed, latest_at = [], None
    for message in rows:
        latest_at = max(latest_at, message.created_at) if latest_at else message.created_at
        timed.append((latest_at, message, conversation))
    return timed


def _message_entry(message: Message, of: Conversation, member: Membership | Asker) -> dict:
    data = stored_message_data(message, of)
    return {"type": "message", "at": message.created_at, "m": data, "mine": _is_mine(message, member)}


def _is_mine(message: Message, member: Membership | Asker) -> bool:
    if isinstance(member, Asker):
        return message.customer_id == member.customer.pk
    return message.user_id == member.user_id


def _entries(kept: list, lines: list[Line], member: Membership | Asker, reading: Reading | None) -> list[dict]:
    messages = ((at, 1, _message_entry(message, of, member)) for at, message, of in kept)
    between = ((line.at, 0, {"type": "line", "at": line.at, "line": line}) for line in lines)
    entries: list[dict] = []
    divided = reading is None
    day = None
    for at, _, entry in merge(between, messages, key=lambda item: item[:2]):
        if timezone.localdate(at) != day:
            day = timezone.localdate(at)
            entries.append({"type": "day", "at": at, "day": day})
        if not divided and _is_new(entry, reading):
            divided = True
            entries.append({"type": "new", "at": at})
        entry["again"] = bool(entries) and _goes_on(entries[-1], entry)
        entries.append(entry)
    return entries


def _is_new(entry: dict, reading: Reading) -> bool:
    """Unread and not one's own; nothing is called new where nothing was read before."""
    if entry["type"] != "message" or entry["mine"]:
        return False
    read = reading.mine_side if entry["m"]["kind"] == "internal" else reading.mine
    return 0 < read < entry["m"]["seq"]


def _goes_on(before: dict, entry: dict) -> bool:
    """The same person writes on within five minutes: neither name nor face again."""
    if before["type"] != "message" or entry["type"] != "message":
        return False
    one, two = before["m"], entry["m"]
    same = one["author"] == two["author"] and one["kind"] == two["kind"] and one["kind"] != "internal"
    return same and entry["at"] - before["at"] < _TOGETHER
