"""Messages of a conversation, by seq; and the one shape in which they travel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from uuid import UUID

from django.db.models import QuerySet

from conversations import markup
from conversations.authors import SYSTEM, Author, avatar_url
from conversations.models import Attachment, Conversation, Mention, Message
from events.prepared import Prepared

PAGE = 50
MAX_PAGE = 200
_EXCERPT = 160


def page(
    conversation: Conversation,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
    beginning: int = 0,
) -> list[Message]:
    """At most `limit` messages in order of seq: the newest, those after a cursor, or those before one.

    `beginning`: nothing up to this seq (who joined later).
    The conversation comes from conversation_for(), so the right to read is checked already.
    """
    pages = _pages(max(1, min(limit, MAX_PAGE)), after is None)
    if after is not None:
        return _whole(pages.rows(conversation.pk, max(after, beginning), None), conversation)
    return _whole(pages.rows(conversation.pk, beginning, before)[::-1], conversation)


@cache
def _pages(limit: int, latest: bool) -> Prepared:
    def build(conversation_id: int, after: int, before: int | None) -> QuerySet[Message]:
        rows = _OF.filter(conversation_id=conversation_id, seq__gt=after)
        if before is not None:
            rows = rows.filter(seq__lt=before)
        return rows.order_by("-seq" if latest else "seq")[:limit]

    return Prepared(build)


def changed_since(conversation: Conversation, changes: int, *, upto: int, beginning: int = 0) -> list[Message]:
    """Messages up to the seq `upto` that were edited or deleted after the conversation's change `changes`, the latest
    MAX_PAGE of them, in order of seq: what a page that was asleep does not know.
    """
    rows = _CHANGED.rows(conversation.pk, changes, upto, beginning)
    return _whole(sorted(rows, key=lambda row: row.seq), conversation)


def message_in(conversation: Conversation, message_id: UUID, *, beginning: int = 0) -> Message:
    """One message that somebody wrote, by its client id; raises Message.DoesNotExist."""
    found = _OF.filter(conversation=conversation, seq__gt=beginning, system_kind="").get(client_id=message_id)
    return _whole([found], conversation)[0]


_OF = Message.objects.select_related("user", "customer", "visitor", "visitor__customer", "quote__quoted__conversation")
_CHANGED = Prepared(
    lambda pk, changes, upto, beginning: _OF.filter(
        conversation_id=pk, changed__gt=changes, seq__lte=upto, seq__gt=beginning
    ).order_by("-changed")[:MAX_PAGE]
)
_FILES = Prepared(lambda ids: Attachment.objects.filter(message_id__any=ids))


def _whole(rows: list[Message], conversation: Conversation) -> list[Message]:
    """The messages with their `files` and the people they name."""
    files = defaultdict(list)
    for file in _FILES.rows([row.pk for row in rows]):
        files[file.message_id].append(file)
    for row in rows:
        row.files = files[row.pk]  # type: ignore[attr-defined]
    return with_mentions(rows, conversation)


def with_mentions(rows: Iterable[Message], conversation: Conversation) -> list[Message]:
    """The messages with the people they name as `named`; one query, and none where nobody can be named."""
    rows = list(rows)
    if conversation.kind == Conversation.Kind.CUSTOMER:
        return rows
    naming = {row.pk: row for row in rows if "@" in row.body}
    if naming:
        for row in naming.values():
            row.named = []
        for mention in Mention.objects.filter(message__in=naming).select_related("user").order_by("id"):
            naming[mention.message_id].named.append(mention)
    return rows


def author_of(message: Message) -> Author:
    """The author value of a stored message; the name is the one written with it."""
    if message.user_id:
        user = message.user
        return Author("user", user.pk, message.author_name, str(user.public_id), avatar_url(user))
    if message.customer_id:
        return Author("customer", message.customer_id, message.author_name, str(message.customer.public_id))
    if message.visitor_id:
        return Author("visitor", message.visitor_id, message.visitor.label, str(message.visitor.public_id))
    return Author.bot(message.author_name) if message.author_kind == "bot" else SYSTEM


def message_data(
    message: Message, *, conversation: Conversation, author: Author | None = None, files: Iterable[Attachment] = ()
) -> dict:
    """The data of a message for frames, JSON answers and renderers."""
    who = author or author_of(message)
    gone = message.deleted_at is not None
    mentions = [] if gone else _mentions(getattr(message, "named", ()))
    return {
        "c": str(conversation.public_id),
        "kind": conversation.kind,
        "seq": message.seq,
        "id": str(message.client_id),
        "author": {"kind": who.kind, "id": who.public_id, "name": who.label, "avatar": who.avatar},
        "body": "" if gone else message.body,
        "rich": None if gone else markup.tree(message.body),
        "mentions": mentions,
        "quote": None if gone else quote_data(message, conversation),
        "at": message.created_at.isoformat(),
        "via": message.via,
        "auto": message.is_automatic,
        "system": {"kind": message.system_kind, "data": message.system_data} if message.system_kind else None,
        "files": [] if gone else [file_data(file) for file in files],
        "edited": message.edited_at.isoformat() if message.edited_at and not gone else None,
        "deleted": gone,
        "deleted_at": message.deleted_at.isoformat() if gone else None,
    }


def _mentions(named: Sequence[Mention]) -> list[list[str]]:
    return [[one.name, str(one.user.public_id)] for one in named]


def quote_data(message: Message, conversation: Conversation) -> dict | None:
    """What a message answers: who said it and how it begins, read from the quoted message itself; None for nothing."""
    quoted = quoted_by(message)
    if quoted is None:
        return None
    of = conversation if quoted.conversation_id == conversation.pk else quoted.conversation
    gone = quoted.deleted_at is not None
    words = "" if gone else " ".join(markup.plain(quoted.body).split())
    return {
        "c": str(of.public_id),
        "id": str(quoted.client_id),
        "seq": quoted.seq,
        "author": quoted.author_name,
        "text": words[: _EXCERPT - 1] + "…" if len(words) > _EXCERPT else words,
        "deleted": gone,
    }


def quoted_by(message: Message) -> Message | None:
    """The message that this one answers; both come from page(), or `quoting` was set by who stored it."""
    if hasattr(message, "quoting"):
        return message.quoting
    return message.quote.quoted if hasattr(message, "quote") else None


def stored_message_data(message: Message, conversation: Conversation) -> dict:
    """message_data() of a message from page(), or of one with its attachments at hand."""
    files = message.__dict__.get("files")
    return message_data(message, conversation=conversation, files=message.attachments.all() if files is None else files)


def file_data(file: Attachment) -> dict:
    """What a page needs to show a file; its bytes are fetched by id, with the right checked again."""
    return {
        "id": str(file.public_id),
        "name": file.name,
        "size": file.size,
        "type": file.content_type,
        "image": bool(file.preview),
        "w": file.width,
        "h": file.height,
    }
