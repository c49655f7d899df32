"""What the tests of posting hand in, with the clock passed in."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.actions.posting import NewMessage, Posted, post_messages
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Attachment
from tests.cast import NOW
from tests.conversations.rings import at


def new(conversation, author, body: str = "Hello", **fields) -> NewMessage:
    """A message as a door would hand it in."""
    return NewMessage(
        conversation_id=conversation.pk,
        author=author,
        body=body,
        client_id=fields.pop("client_id", None) or uuid.uuid4(),
        via=fields.pop("via", "widget"),
        **fields,
    )


def reply(talk, author, body="Gladly.", **fields) -> NewMessage:
    return new(talk, author, body, via=fields.pop("via", "app"), role=fields.pop("role", "team_member"), **fields)


def one(message: NewMessage, *, now: datetime | None = None) -> Posted | Exception:
    return post_messages([message], now=now or at(1))[0]


def upload(company, author: Author, name: str = "plan.txt", content: bytes = b"lamp") -> Attachment:
    return accept_upload(
        company=company, uploader=author.key, file=SimpleUploadedFile(name, content), name=name, now=NOW
    )
