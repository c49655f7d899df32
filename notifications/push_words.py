"""What a push message says: that there is something and where; the text itself only if the company allows it."""

from __future__ import annotations

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from companies.models import Membership
from conversations.actions.posting import preview_of
from conversations.models import Message
from conversations.selectors.requests import asker_in
from notifications.models import Notice


def payload_of(notice: Notice, member: Membership) -> dict[str, str]:
    """`title`, `body`, `url` to open, `tag` so that a newer one replaces an older one; in the user's language."""
    talk = notice.conversation
    with translation.override(member.user.language):
        title, body = _plain(notice)
        if member.company.push_shows_text:
            title, body = _telling(notice, title, body)
    page = "request" if asker_in(notice.user_id, talk) else "conversation"
    url = f"{reverse(page, args=[talk.public_id])}?at={notice.last_seq}"
    return {"title": title, "body": body, "url": url, "tag": str(talk.public_id), "lang": member.user.language}


def _plain(notice: Notice) -> tuple[str, str]:
    words = {
        Notice.Cause.OFFER: _("A request rings at you"),
        Notice.Cause.UNCLAIMED: _("Nobody took a request"),
        Notice.Cause.ASSIGNED: _("Something was assigned to you"),
        Notice.Cause.MENTION: _("Somebody named you"),
        Notice.Cause.SNOOZE: _("Back from its snooze"),
        Notice.Cause.FAILED: _("A message was not delivered"),
        Notice.Cause.RETURNED: _("Your message was not sent"),
    }
    return "Memo", words.get(Notice.Cause(notice.cause)) or _("New message")


def _telling(notice: Notice, title: str, body: str) -> tuple[str, str]:
    message = (
        Message.objects.filter(conversation_id=notice.conversation_id, seq=notice.last_seq, deleted_at=None)
        .exclude(author_kind="system")
        .first()
    )
    if message is None:
        return title, body
    text = preview_of(message.body)
    if notice.cause not in {Notice.Cause.MESSAGE, Notice.Cause.MENTION}:
        return body, f"{message.author_name}: {text}" if text else message.author_name
    return message.author_name, text or body
