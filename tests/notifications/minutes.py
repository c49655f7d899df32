"""What the tests of notices ask and do, with the clock passed in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from conversations.actions import reading
from conversations.actions.posting import post_message
from conversations.authors import Author
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def mails(to=None) -> list[OutgoingMail]:
    found = OutgoingMail.objects.order_by("id")
    return list(found.filter(to=to) if to else found)


def post(conversation, author: Author, body: str = "Hello", *, now: datetime, **fields):
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid.uuid4(),
        via=fields.pop("via", "app" if author.is_team else "widget"),
        role=fields.pop("role", "team_member"),
        now=now,
        **fields,
    ).message


def seen(conversation, member, seq: int, seconds: float, react) -> None:
    conversation.head.refresh_from_db()
    reading.mark_seen(conversation, viewer=member, seq=seq, now=at(seconds))
    react()


def reason_of(user) -> tuple[str, str]:
    notice = Notice.objects.get(user=user)
    return notice.state, notice.reason
