"""Search: the messages and conversations that the viewer may see, newest first, without an age limit (issue's part 6).

Two ways lead to a hit. What lies in the viewer's inboxes is asked of the index shelf by shelf, newest first, until a
page is full; the shelf is part of the index, so that nothing of another inbox or tenant is read, counted or ranked
(S-04). What is the viewer's own – direct conversations from where they joined, what they follow elsewhere, their
requests to other companies – is read conversation by conversation. Both are then checked by the one selector that
opens conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import CharField, F, Func, Q

from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Message, Participant
from conversations.selectors.requests import asked_by, guest_seats
from conversations.selectors.scope import scope_for
from conversations.selectors.search_words import Words, number_in, words_of
from conversations.selectors.visibility import conversations_for

PAGE, CARDS = 25, 6
KINDS = ("customer", "internal", "direct", "asked")
_OWN = 3000  # of one's own conversations, the newest
_OF_PERSON = 1000  # and of a person's
_NEAR = 2000  # cards that are read for the one or two letters with which a name begins, the newest
_END = 2**62


@dataclass(frozen=True)
class Sought:
    """What is looked for: `query` (clean_query), and what narrows it. `since`, `until`: from, up to without."""

    query: str
    person: str = ""
    inbox_id: int | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    has_file: bool = False

    @property
    def narrowed(self) -> bool:
        return bool(self.person or self.inbox_id or self.kind or self.since or self.until or self.has_file)


@dataclass(frozen=True)
class Found:
    """A page: messages newest first with conversation, head and inbox; heads of conversations on the first page;
    `after` is the cursor of the next page, 0 at the end.
    """

    words: Words
    messages: list[Message]
    heads: list[ConversationHead]
    after: int = 0


@dataclass(frozen=True)
class _Own:
    """One of the viewer's own conversations; `told` (subject, company) is what the one who asked may match."""

    pk: int
    since_seq: int
    kind: str
    told: tuple[str, str] | None = None


@dataclass(frozen=True)
class _Reach:
    inbox_ids: Sequence[int]
    own: Sequence[_Own]


def search(member: Membership, sought: Sought, *, before: int = _END) -> Found:
    """One page; the number of statements is the same for every query and result."""
    scope = scope_for(member)
    words = words_of(sought.query, scope.inbox_ids)
    if not words.words:
        return Found(words, [], [])
    reach = _narrowed(_Reach(scope.inbox_ids, _own_of(member, scope.inbox_ids)), sought)
    if sought.person:
        reach = _with_person(reach, words_of(sought.person, scope.inbox_ids))
    found = _lines(reach, words, sought, before)
    messages = _messages(member, found[:PAGE])
    heads = [] if before != _END or _only_messages(sought) else _heads(member, _cards(reach, words, sought))
    return Found(words, messages, heads, found[PAGE - 1] if len(found) > PAGE else 0)


def conversations_named(member: Membership, query: str) -> list[ConversationHead]:
    """Conversations by number, subject or people alone, newest first, at most CARDS: for whoever is still typing."""
    scope = scope_for(member)
    words = words_of(query, scope.inbox_ids)
    reach = _Reach(scope.inbox_ids, _own_of(member, scope.inbox_ids))
    return _heads(member, _cards(reach, words, Sought(query)))


def _only_messages(sought: Sought) -> bool:
    return bool(sought.person or sought.since or sought.until or sought.has_file)


# --- whose ------------------------------------------------------------------------------------------------------
def _plain(name: str) -> Func:
    folded = Func(F(name), function="memo_fold", output_field=CharField())
    return Func(folded, function="memo_plain", output_field=CharField())


def _own_of(member: Membership, inbox_ids: Sequence[int]) -> list[_Own]:
    """Four statements: direct conversations, what the viewer follows outside the inboxes, what they asked others."""
    seats = Participant.objects.filter(user=member.user_id, following=True, left_at=None).order_by("-conversation_id")
    direct = seats.filter(side=Participant.Side.PEER).values_list("conversation_id", "since_seq")[:_OWN]
    own = [_Own(pk, since_seq, "direct") for pk, since_seq in direct]
    if member.engagement_licence:  # without it nothing of an inbox is open, whoever follows it (G-33)
        followed = seats.filter(side=Participant.Side.TEAM).values("conversation_id")[:_OWN]
        heads = ConversationHead.objects.filter(pk__in=followed, company_id=member.company_id)
        own += [
            _Own(pk, 0, kind)
            for pk, kind in heads.exclude(inbox_id__in=inbox_ids).values_list("conversation_id", "kind")
        ]
    asked = asked_by(member.user_id).exclude(head__inbox_id__in=inbox_ids).order_by("-pk")
    known = {one.pk for one in own}
    since = dict(guest_seats().filter(customer__user_id=member.user_id).values_list("conversation_id", "since_seq"))
    for pk, subject, company in asked.values_list("pk", _plain("subject"), _plain("company__name"))[:_OWN]:
        if pk not in known:
            own.append(_Own(pk, since.get(pk, 0), "asked", (subject or "", company or "")))
    return own


def _narrowed(reach: _Reach, sought: Sought) -> _Reach:
    own = [one for one in reach.own if not sought.kind or one.kind == sought.kind]
    if sought.inbox_id is not None:
        return _Reach([pk for pk in reach.inbox_ids if pk == sought.inbox_id], [])
    return _Reach([] if sought.kind in {"direct", "asked"} else reach.inbox_ids, own)


def _with_person(reach: _Reach, person: Words) -> _Reach:
    """The person's newest conversations, as if they were one's own; who asked knows the company, nobody behind it."""
    seen = {one.pk: one for one in reach.own}
    ids = _by_card(reach, person, "", _OF_PERSON)
    own = [seen.get(pk) or _Own(pk, 0, "") for pk in ids]
    return _Reach([], [*own, *(one for one in reach.own if one.told is not None and _says(one.told[1:], person))])


def _says(told: Sequence[str], words: Words) -> bool:
    text = " ".join(told)
    return all(any(part in text for part in (word.plain, word.part)) for word in words.words)


# --- what -------------------------------------------------------------------------------------------------------
# `+ 0`: the order is never read from an index, which would be walked past every row of everybody else. One shelf after
# the other: so the index looks for the words within the shelf, not among all messages and for the shelf afterwards.
_SHELVES = """
SELECT hit.id FROM (
  SELECT bucket, array_agg(id) AS shelves FROM conversations_searchshelf
  WHERE inbox_id = ANY(%(inboxes)s::bigint[]) AND cards = {cards} {time}
  GROUP BY bucket ORDER BY bucket DESC
) AS shelf CROSS JOIN LATERAL (
  SELECT there.id FROM unnest(shelf.shelves) AS one(id) CROSS JOIN LATERAL (
    SELECT line.{id} AS id FROM {table} AS line
    WHERE line.shelf_id = one.id AND line.vector @@ %(exact)s::tsquery AND line.{id} + 0 < %(before)s {filters}
    ORDER BY line.{id} + 0 DESC LIMIT %(limit)s
  ) AS there ORDER BY there.id DESC LIMIT %(limit)s
) AS hit LIMIT %(limit)s
"""
# The newest cards with the other words, by the index; then the beginning of the last one, which needs no list of words.
_BEGUN = """
SELECT near.id FROM (
  SELECT hit.id, hit.vector FROM (
    SELECT bucket, array_agg(id) AS shelves FROM conversations_searchshelf
    WHERE inbox_id = ANY(%(inboxes)s::bigint[]) AND cards
    GROUP BY bucket ORDER BY bucket DESC
  ) AS shelf CROSS JOIN LATERAL (
    SELECT line.conversation_id AS id, line.vector FROM conversations_searchcard AS line
    WHERE line.shelf_id = ANY(shelf.shelves) {filters}
    ORDER BY line.conversation_id + 0 DESC LIMIT %(near)s
  ) AS hit LIMIT %(near)s
) AS near WHERE near.vector @@ %(begun)s::tsquery ORDER BY near.id DESC LIMIT %(limit)s
"""
_OWN_LINES = """
SELECT line.message_id FROM unnest(%(own)s::bigint[], %(since_seqs)s::int[]) AS mine(conversation_id, since_seq)
JOIN conversations_searchline AS line ON line.conversation_id = mine.conversation_id AND line.seq > mine.since_seq
WHERE line.message_id < %(before)s AND {matches} {filters}
ORDER BY line.message_id DESC LIMIT %(limit)s
"""
_OWN_CARDS = """
SELECT line.conversation_id FROM conversations_searchcard AS line
WHERE line.conversation_id = ANY(%(own)s::bigint[]) AND {matches}
ORDER BY line.conversation_id DESC LIMIT %(limit)s
"""


def _matches(words: Words, values: dict) -> str:
    """Each word by its beginning, or inside another one; fills the values."""
    parts = []
    for place, (beginning, inside) in enumerate(zip(words.beginnings, words.insides, strict=True)):
        values |= {f"beginning{place}": beginning, f"inside{place}": inside}
        within = f" OR line.vector::text LIKE %(inside{place})s" if inside else ""
        parts.append(f"(line.vector @@ %(beginning{place})s::tsquery{within})")
    return " AND ".join(parts)


def _filters(sought: Sought, values: dict) -> tuple[str, str]:
    """What narrows lines, and what says so already of a whole shelf; fills the values."""
    lines, time = [], []
    if sought.kind in {"customer", "internal"}:
        lines.append(f"line.internal = {sought.kind == 'internal'}")
    if sought.has_file:
        lines.append("line.has_file")
    if sought.since:
        values["since"] = sought.since
        lines.append("line.created_at >= %(since)s")
        time.append("last_at >= %(since)s")
    if sought.until:
        values["until"] = sought.until
        lines.append("line.created_at < %(until)s")
        time.append("first_at < %(until)s")
    return "".join(f" AND {one}" for one in lines), "".join(f" AND {one}" for one in time)


def _fetch(sql: str, values: dict) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [pk for (pk,) in cursor.fetchall()]


def _lines(reach: _Reach, words: Words, sought: Sought, before: int) -> list[int]:
    """Message ids of one page and one more, newest first; two statements."""
    values = {
        "inboxes": list(reach.inbox_ids),
        "exact": words.exact,
        "before": before,
        "limit": PAGE + 1,
        "own": [one.pk for one in reach.own],
        "since_seqs": [one.since_seq for one in reach.own],
    }
    filters, time = _filters(sought, values)
    shelves = _SHELVES.format(
        cards="false", id="message_id", table="conversations_searchline", filters=filters, time=time
    )
    own = _OWN_LINES.format(matches=_matches(words, values), filters=filters)
    return sorted({*_fetch(shelves, values), *_fetch(own, values)}, reverse=True)[: PAGE + 1]


def _cards(reach: _Reach, words: Words, sought: Sought) -> list[int]:
    """Conversation ids by number, subject or people; two statements, and one more for a number or a beginning."""
    told = [one.pk for one in reach.own if one.told is not None and _says(one.told, words)]
    found = sorted({*_by_card(reach, words, sought.kind, CARDS), *told}, reverse=True)
    return list(dict.fromkeys([*_numbered(reach, sought), *found]))[:CARDS]


def _by_card(reach: _Reach, words: Words, kind: str, limit: int) -> list[int]:
    """Conversations by what stands on their cards, newest first; never what the viewer asked elsewhere."""
    if not words.words:
        return []
    values = {
        "inboxes": list(reach.inbox_ids),
        "exact": words.exact,
        "before": _END,
        "limit": limit,
        "own": [one.pk for one in reach.own if one.told is None],
    }
    filters, _ = _filters(Sought("", kind=kind), values)
    shelves = _SHELVES.format(
        cards="true", id="conversation_id", table="conversations_searchcard", filters=filters, time=""
    )
    own = _OWN_CARDS.format(matches=_matches(words, values))
    found = {*_fetch(shelves, values), *_fetch(own, values)}
    if words.begun:
        values |= {"begun": words.begun, "near": _NEAR, "exact": words.before_last.exact}
        others = " AND line.vector @@ %(exact)s::tsquery" if values["exact"] else ""
        found |= {*_fetch(_BEGUN.format(filters=filters + others), values)}
    return sorted(found, reverse=True)[:limit]


def _numbered(reach: _Reach, sought: Sought) -> list[int]:
    number = number_in(sought.query)
    if number is None:
        return []
    rows = Conversation.objects.filter(number=number).filter(
        Q(head__inbox_id__in=reach.inbox_ids) | Q(pk__in=[one.pk for one in reach.own])
    )
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:CARDS])


# --- and only what may be opened ----------------------------------------------------------------------------------
def _openable(member: Membership, rows: Sequence[int]) -> set[int]:
    """Of these conversations those that the viewer may open now."""
    mine = conversations_for(member).filter(pk__in=rows).order_by().values_list("pk", flat=True)
    return {*mine, *asked_by(member.user_id).filter(pk__in=rows).values_list("pk", flat=True)}


def _messages(member: Membership, ids: Sequence[int]) -> list[Message]:
    rows = list(
        Message.objects.filter(pk__in=ids, deleted_at=None)
        .select_related(
            "user", "customer", "visitor__customer", "conversation__company", "conversation__channel",
            "conversation__customer", "conversation__visitor__customer", "conversation__about",
            "conversation__head__inbox",
        )
        .prefetch_related("attachments")
        .order_by("-pk")
    )  # fmt: skip
    open_to = _openable(member, [row.conversation_id for row in rows])
    return [row for row in rows if row.conversation_id in open_to]


def _heads(member: Membership, ids: Sequence[int]) -> list[ConversationHead]:
    open_to = _openable(member, ids)
    rows = ConversationHead.objects.select_related(
        "conversation__channel", "conversation__company", "conversation__customer", "conversation__visitor__customer",
        "conversation__about", "inbox", "assignee",
    ).filter(message_count__gt=0)  # fmt: skip
    known = rows.in_bulk(ids)
    return [known[pk] for pk in ids if pk in open_to and pk in known]
