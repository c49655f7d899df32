"""Messages of a conversation, by seq; and the one shape in which they travel."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.authors import SYSTEM, Author, avatar_url
from conversations.models import Attachment, Conversation, Message

PAGE = 50
MAX_PAGE = 200


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
    limit = max(1, min(limit, MAX_PAGE))
    rows = (
        Message.objects.filter(conversation=conversation)
        .select_related("user", "customer", "visitor", "visitor__customer")
        .prefetch_related("attachments")
    )
    if beginning:
        rows = rows.filter(seq__gt=beginning)
    if after is not None:
        return list(rows.filter(seq__gt=after).order_by("seq")[:limit])
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return list(rows.order_by("-seq")[:limit])[::-1]


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
    return {
        "c": str(conversation.public_id),
        "kind": conversation.kind,
        "seq": message.seq,
        "id": str(message.client_id),
        "author": {"kind": who.kind, "id": who.public_id, "name": who.label, "avatar": who.avatar},
        "body": "" if gone else message.body,
        "at": message.created_at.isoformat(),
        "via": message.via,
        "auto": message.is_automatic,
        "system": {"kind": message.system_kind, "data": message.system_data} if message.system_kind else None,
        "files": [] if gone else [file_data(file) for file in files],
        "deleted": gone,
    }


def stored_message_data(message: Message, conversation: Conversation) -> dict:
    """message_data() of a message from page()."""
    return message_data(message, conversation=conversation, files=message.attachments.all())


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
