"""The one function that stores messages. It takes a list; a list of one is the ordinary case (design.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from conversations import events
from conversations.actions import directs, ringing
from conversations.actions.careful import Held, filled_body, require_unanswered
from conversations.actions.entitling import accept_by_answer, require_right
from conversations.actions.locking import Conflict, NotAllowed, lock_heads, lock_offers
from conversations.actions.relating import Relations, UnknownQuote
from conversations.authors import Author
from conversations.markup import preview_of
from conversations.models import Attachment, Conversation, ConversationHead, Message, Participant
from conversations.selectors.messages import message_data
from events.prepared import Prepared
from events.publish import unit
from events.record import record_many

MAX_BODY, MAX_FILES = 10_000, 5


class ClientIdTaken(Exception):
    """The client id was used for another text or by another author (409)."""


class Locked(Exception):
    """The conversation takes no message any more (409, INV-19)."""


class Merged(Conflict):
    """The conversation was merged into another one (`into`, primary key): what is written to it goes there."""

    def __init__(self, into: int) -> None:
        super().__init__("merged")
        self.into = into


class BadMessage(Exception):
    """The message cannot be stored (422); `code` is empty, too_long, too_many_files, bad_file or bad_quote."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class NewMessage:
    """A message to store. `role` is the author's column of the permission matrix, `may_post` their named right."""

    conversation_id: int
    author: Author
    body: str
    client_id: UUID
    via: str
    role: str = ""
    may_post: bool = False
    attachments: tuple[UUID, ...] = ()
    email_message_id: str = ""
    automatic: bool = False
    seen_seq: int | None = None  # held once when a colleague has answered after this line (careful.Held)
    quote: UUID | None = None


@dataclass(frozen=True)
class Posted:
    """A stored message; `created` is False for a repeat. `data` is the shape in which it travels."""

    message: Message
    created: bool
    data: dict


def clean_body(body: str) -> str:
    """The text as it is stored: no NUL, no half characters, unified line ends, no outer blank lines."""
    whole = body if body.isascii() else body.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def post_message(conversation: Conversation, *, now: datetime, **fields: Any) -> Posted:
    """Store one message; fields as in NewMessage. Raises ClientIdTaken, Locked, NotAllowed, BadMessage, Conflict, Held.

    What a requester writes to a merged conversation goes to the one that it was merged into.
    """
    item = NewMessage(conversation_id=conversation.pk, **fields)
    outcome = post_messages([item], now=now)[0]
    while isinstance(outcome, Merged) and item.author.is_requester:
        item = replace(item, conversation_id=outcome.into)
        outcome = post_messages([item], now=now)[0]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def post_messages(new: Sequence[NewMessage], *, now: datetime) -> list[Posted | Exception]:
    """Store messages of any conversations in one transaction, in the order given; one outcome for each.

    Refusals are outcomes, not failures: one bad message does not hold up its neighbours.
    """
    with unit():
        heads = lock_heads(item.conversation_id for item in new)
        known = _known_messages(new)
        stored: list[Posted | Exception] = []
        writes = _Writes(heads, _lock_files(new), Relations(new, heads))
        for item in new:
            try:
                stored.append(_post_one(item, heads.get(item.conversation_id), known, writes, now))
            except (ClientIdTaken, Locked, NotAllowed, BadMessage, Conflict, Held) as refusal:
                stored.append(refusal)
            except UnknownQuote:
                stored.append(BadMessage("bad_quote"))
        writes.save(now)
        return stored


def _known_messages(new: Sequence[NewMessage]) -> dict[tuple[int, UUID], Message]:
    rows = _KNOWN.rows({item.conversation_id for item in new}, {item.client_id for item in new})
    return {(row.conversation_id, row.client_id): row for row in rows}


_KNOWN = Prepared(
    lambda conversations, clients: Message.objects.filter(conversation_id__any=conversations, client_id__any=clients)
)


def _post_one(
    item: NewMessage,
    head: ConversationHead | None,
    known: dict[tuple[int, UUID], Message],
    writes: _Writes,
    now: datetime,
) -> Posted:
    body = checked_body(item.body, item.attachments)
    if head is None:
        raise Locked
    body = _without_variables(body, item, head.conversation)
    before = known.get((item.conversation_id, item.client_id))
    if before is not None:
        return _repeat(before, item, body, head.conversation, writes)
    if head.conversation.merged_into_id is not None:
        raise Merged(head.conversation.merged_into_id)
    if head.status == head.Status.LOCKED:
        raise Locked
    quoted = writes.relations.quoted(item)
    files = _claim_files(item, head.conversation, writes.unsent)
    if head.status == head.Status.CLOSED:
        ringing.fit_mode(head)
    require_right(item.author, item.role, head, offers=writes.offers, may_post=item.may_post)
    require_unanswered(head, user_id=item.author.id, seen_seq=item.seen_seq, now=now, unsaved=writes.messages)
    accept_by_answer(item.author, head, offers=writes.offers, now=now)
    for file in files:
        del writes.unsent[file.public_id]
    fresh = head.last_seq == 0
    if head.snoozed_at is not None and item.author.is_requester:
        _wake(head, item.author, now)
    if head.status == head.Status.CLOSED:
        _reopen(head, item.author, now)
        writes.offers |= lock_offers([head.pk] if head.routing == head.Routing.RINGING else ())
    message = _message(item, head, body, now)
    writes.relations.relate(message, head, quoted)
    known[(item.conversation_id, item.client_id)] = message
    writes.files[item.conversation_id, item.client_id] = files
    data = message_data(message, conversation=head.conversation, author=item.author, files=files)
    _advance(head, message, item.author, files)
    writes.messages.append(message)
    writes.touched.add(head.pk)
    if fresh:
        writes.begun.append(head.pk)
    if item.author.id is not None:
        writes.take_part(head, item)
    writes.events.append(events.message_posted(head.conversation, head, message, item.author, data, fresh=fresh))
    return Posted(message, True, data)


def checked_body(text: str, attachments: Sequence[UUID]) -> str:
    """The text as it is stored; raises BadMessage."""
    body = clean_body(text)
    if not body and not attachments:
        raise BadMessage("empty")
    if len(body) > MAX_BODY:
        raise BadMessage("too_long")
    if len(attachments) > MAX_FILES:
        raise BadMessage("too_many_files")
    return body


def _without_variables(body: str, item: NewMessage, conversation: Conversation) -> str:
    """What is left to send may be nothing, or more than a message holds."""
    if not item.author.is_team or "{{" not in body:
        return body
    careful = item.seen_seq is not None
    filled = filled_body(body, conversation=conversation, user_id=item.author.id, careful=careful)
    return checked_body(filled, item.attachments) if filled != body else body


def _repeat(before: Message, item: NewMessage, body: str, conversation: Conversation, writes: _Writes) -> Posted:
    """The same id again is the same row; another text or author is a conflict (INV-18)."""
    files = writes.files.get((before.conversation_id, before.client_id))
    if files is None:
        files = list(before.attachments.all())
    same_author = (before.author_kind, before.user_id or before.customer_id or before.visitor_id) == (
        item.author.kind,
        item.author.id,
    )
    as_sent = before.changed or (before.body == body and {f.public_id for f in files} == set(item.attachments))
    if not same_author or not as_sent:
        raise ClientIdTaken
    data = message_data(before, conversation=conversation, author=item.author, files=files)
    return Posted(before, False, data)


def _lock_files(new: Sequence[NewMessage]) -> dict[UUID, Attachment]:
    """Every file that the messages name and no message has yet, by public id; locked in one order."""
    wanted = {public_id for item in new for public_id in item.attachments}
    if not wanted:
        return {}
    rows = Attachment.objects.select_for_update().filter(public_id__in=wanted, message=None).order_by("id")
    return {row.public_id: row for row in rows}


def _claim_files(item: NewMessage, conversation: Conversation, unsent: dict[UUID, Attachment]) -> list[Attachment]:
    """The uploaded files of this message: the author's own, not yet sent, each once."""
    files = [unsent[public_id] for public_id in item.attachments if public_id in unsent]
    if len(files) != len(item.attachments) or len(files) != len(set(item.attachments)):
        raise BadMessage("bad_file")
    if any(file.uploader != item.author.key for file in files):
        raise BadMessage("bad_file")
    for file in files:
        file.conversation = conversation
    return files


def _wake(head: ConversationHead, author: Author, now: datetime) -> None:
    """The requester answers: it stands in its folders again, at once."""
    head.wake()
    head.save(update_fields=["snoozed_at", "snoozed_until", "snoozer_id"])
    events.history("conversation.woken", head.conversation, by=author, now=now, after="message", user=None)
    events.state_changed(head.conversation, head, now=now)


def _reopen(head: ConversationHead, author: Author, now: datetime) -> None:
    """Any new message reopens; the requester's routes anew, the former assignee first (model.md §4.1)."""
    head.status, head.closed_at, head.closed_by = head.Status.OPEN, None, ""
    head.waiting_since = None  # what stood open before it was closed is settled
    head.save(update_fields=["status", "closed_at", "closed_by", "routing", "assignee", "last_assignee_id"])
    events.history("conversation.reopened", head.conversation, by=author, now=now)
    if head.kind == Conversation.Kind.CUSTOMER and author.is_requester:
        head.last_assignee_id = head.assignee_id or head.last_assignee_id
        ringing.begin(head, now=now, preferred=head.last_assignee_id)
        if head.routing in events.SILENT:
            events.row_hidden(head.conversation, head)
    events.state_changed(head.conversation, head, now=now)


def _message(item: NewMessage, head: ConversationHead, body: str, now: datetime) -> Message:
    author = item.author
    return Message(
        conversation=head.conversation,
        seq=head.last_seq + 1,
        client_id=item.client_id,
        author_kind=author.kind,
        user_id=author.id if author.kind == "user" else None,
        customer_id=author.id if author.kind == "customer" else None,
        visitor_id=author.id if author.kind == "visitor" else None,
        author_name=author.label,
        body=body,
        via=item.via,
        is_automatic=item.automatic,
        email_message_id=item.email_message_id[:255],
        created_at=now,
    )


def _advance(head: ConversationHead, message: Message, author: Author, files: Sequence[Attachment]) -> None:
    head.last_seq = message.seq
    head.message_count += 1
    head.last_activity = message.created_at
    head.preview = preview_of(message.body) or (files[0].name[:140] if files else "")
    head.preview_author = author.name
    if author.is_team and head.kind == Conversation.Kind.CUSTOMER and head.first_reply_at is None:
        head.first_reply_at = message.created_at
    if author.is_team:
        head.waiting_since = None
    elif author.is_requester and not message.is_automatic:
        head.waiting_since = head.waiting_since or message.created_at


# One statement however many heads: bulk_update() builds a CASE for each field and row (half of the time of a batch).
_UPDATE_HEADS = """
UPDATE conversations_conversationhead AS head
SET last_seq = new.last_seq, message_count = new.message_count, last_activity = new.last_activity,
    preview = new.preview, preview_author = new.preview_author, first_reply_at = new.first_reply_at,
    waiting_since = new.waiting_since
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[])
     AS new(id, last_seq, message_count, last_activity, preview, preview_author, first_reply_at, waiting_since)
WHERE head.conversation_id = new.id
"""
_HEAD_FIELDS = (
    "pk", "last_seq", "message_count", "last_activity", "preview", "preview_author", "first_reply_at", "waiting_since",
)  # fmt: skip


def _update_heads(heads: Sequence[ConversationHead]) -> None:
    columns = [[getattr(head, field) for head in heads] for field in _HEAD_FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE_HEADS, columns)


class _Writes:
    """What one transaction of messages writes, gathered so that each table is written once."""

    def __init__(
        self, heads: dict[int, ConversationHead], unsent: dict[UUID, Attachment], relations: Relations
    ) -> None:
        self.heads = heads
        self.relations = relations
        self.offers = lock_offers(pk for pk, head in heads.items() if head.routing == head.Routing.RINGING)
        self.unsent = unsent
        self.messages: list[Message] = []
        self.files: dict[tuple[int, UUID], list[Attachment]] = {}
        self.events: list = []
        self.begun: list[int] = []
        self.touched: set[int] = set()
        self.parts: dict[tuple[int, str, int], int] = {}

    def take_part(self, head: ConversationHead, item: NewMessage) -> None:
        """The author follows from now on, and has read what stands above – unless it came by mail, which tells nothing
        about lines newer than the mail that was answered.
        """
        key = (head.pk, item.author.kind, item.author.id or 0)
        by_mail = item.via == Message.Via.EMAIL
        self.parts[key] = self.parts.get(key, 0) if by_mail else head.last_seq

    def save(self, now: datetime) -> None:
        """Insert and update everything; the frames follow the commit."""
        if not self.messages:
            return
        Message.objects.bulk_create(self.messages)
        self._save_files()
        self.relations.save(now)
        heads = [self.heads[pk] for pk in sorted(self.touched)]
        _update_heads(heads)
        self._save_parts(now)
        if direct := [head.pk for head in heads if head.kind == Conversation.Kind.DIRECT]:
            directs.message_came(direct, fresh=[pk for pk in self.begun if pk in direct], now=now)
        record_many(self.events)
        for head in heads:
            events.row_changed(head.conversation, head, offer=self.offers.get(head.pk))

    def _save_files(self) -> None:
        sent = []
        for message in self.messages:
            for number, file in enumerate(self.files[message.conversation_id, message.client_id]):
                file.message, file.position = message, number
                sent.append(file)
        if sent:
            Attachment.objects.bulk_update(sent, ["message", "conversation", "position"])

    def _save_parts(self, now: datetime) -> None:
        for kind in ("user", "customer", "visitor"):
            for has_read in (True, False):
                rows = [
                    Participant(
                        conversation_id=pk,
                        side=self._side(pk, kind),
                        following=True,
                        last_read_seq=seq,
                        read_at=now if seq else None,
                        joined_at=now,
                        **{f"{kind}_id": author_id},
                    )
                    for (pk, author_kind, author_id), seq in sorted(self.parts.items())
                    if author_kind == kind and bool(seq) is has_read
                ]
                if rows:
                    Participant.objects.bulk_create(
                        rows,
                        update_conflicts=True,
                        unique_fields=["conversation", kind],
                        update_fields=[
                            "following",
                            *(("left_at",) if kind == "user" else ()),
                            *(("last_read_seq", "read_at") if has_read else ()),
                        ],
                    )

    def _side(self, conversation_id: int, kind: str) -> str:
        if self.heads[conversation_id].kind == Conversation.Kind.DIRECT:
            return Participant.Side.PEER
        return Participant.Side.TEAM if kind == "user" else Participant.Side.REQUESTER
