"""The mail after the unseen minute: all unseen messages, threaded, answerable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from conversations import markup
from conversations.models import Attachment, Conversation, Message
from conversations.selectors.messages import quote_data
from conversations.selectors.offers import pending_offer
from conversations.selectors.peers import beginning_for
from conversations.selectors.requests import asker_in, requester_seat
from mail import addresses
from mail.actions import BadAddress, queue
from mail.bodies import html_body
from mail.quoting import marker_line
from notifications.models import Notice
from notifications.recipients import Recipient

# Gmail cuts a mail at about 102 KB and hides the rest; what does not fit is in the conversation.
_NEW_BYTES, _NEW_MESSAGES = 48_000, 25
_EARLIER, _EARLIER_CHARACTERS = 2, 600
_PREVIEW = 90


@dataclass(frozen=True)
class Shown:
    """A message as the mail shows it; `cut` when its text did not fit."""

    author: str
    at: datetime
    text: str
    files: list[Attachment]
    cut: bool = False
    quote: dict | None = None

    @property
    def html(self) -> SafeString:
        """The text with its markup."""
        return markup.for_mail(self.text)

    @property
    def words(self) -> str:
        """The text without its signs."""
        return markup.plain(self.text)


def queue_notice(notice: Notice, person: Recipient, messages: list[Message], *, now: datetime) -> bool:
    """Put one mail into the outgoing queue, in the caller's transaction; its key makes it exactly one.

    False when the person's address turns out to be none.
    """
    conversation = notice.conversation
    root = addresses.message_id("c", conversation.public_id, "root")
    with translation.override(person.language), timezone.override(_zone(notice)):
        context = _context(notice, person, messages)
        subject = " ".join(render_to_string("notifications/email/notice.subject.txt", context).split())
        context["subject"] = subject
        try:
            queue(
                key=f"notice:{notice.pk}",
                to=person.email,
                subject=subject,
                text=_without_gaps(render_to_string("notifications/email/notice.txt", context)),
                html=html_body("notifications/email/notice", context),
                sender_name=_sender(conversation, messages),
                reply_to=_reply_to(conversation, person, now),
                message_id=addresses.message_id("c", conversation.public_id, "n", notice.pk),
                in_reply_to=root,
                references=(root,),
                auto=all(message.is_automatic for message in messages),
                now=now,
            )
        except BadAddress:
            return False
    return True


def _reply_to(conversation: Conversation, person: Recipient, now: datetime) -> str:
    return addresses.reply_address(
        kind="conversation",
        subject_id=conversation.pk,
        recipient=person.key,
        recipient_email=person.email,
        now=now,
    )


def _zone(notice: Notice) -> ZoneInfo:
    """A user reads their own clock, an outside person the company's."""
    company = notice.conversation.company
    return ZoneInfo(notice.user.time_zone if notice.user else company.time_zone if company else settings.TIME_ZONE)


def _sender(conversation: Conversation, messages: list[Message]) -> str:
    """“Ben Fuchs via Nordlicht GmbH”."""
    author = messages[-1].author_name
    return f"{author} via {conversation.company.name}" if conversation.company else author


def _context(notice: Notice, person: Recipient, messages: list[Message]) -> dict:
    conversation, is_team = notice.conversation, notice.user_id is not None
    shown = _that_fit(messages)
    offer = pending_offer(conversation.pk) if notice.cause == Notice.Cause.OFFER else None
    page = "request" if asker_in(notice.user_id, conversation) else "conversation"
    link = f"{settings.BASE_URL}{reverse(page, args=[conversation.public_id])}" if is_team else ""
    return {
        "marker": marker_line(person.language),
        "person": person,
        "cause": notice.cause,
        "offered_until": offer.expires_at if offer and offer.user_id == notice.user_id else None,
        "conversation": conversation,
        "company": conversation.company,
        "messages": shown,
        "count": len(messages),
        "left_out": len(messages) - len(shown),
        "earlier": _earlier(conversation, messages[0].seq, _beginning(notice, person)),
        "sender": messages[-1].author_name,
        "preview": " ".join(markup.plain(messages[-1].body).split())[:_PREVIEW],
        "link": link,
        "settings_link": f"{settings.BASE_URL}{reverse('notifications')}" if is_team else "",
        "language": person.language,
    }


def _that_fit(messages: list[Message]) -> list[Shown]:
    """The newest messages that fit, oldest first; the newest is shown in any case, cut if it must be."""
    left, shown = _NEW_BYTES, []
    for message in reversed(messages[-_NEW_MESSAGES:]):
        text, cut = message.body, False
        while len(markup.for_mail(text).encode()) > left:
            text, cut = text[: len(text) // 2], True
        if cut and shown:
            break
        left -= len(markup.for_mail(text).encode())
        shown.append(_shown(message, text, cut=cut))
    return shown[::-1]


def _shown(message: Message, text: str, *, cut: bool = False) -> Shown:
    files, quote = list(message.attachments.all()), quote_data(message, message.conversation)
    return Shown(message.author_name, message.created_at, text, files, cut, quote)


def _beginning(notice: Notice, person: Recipient) -> int:
    """The seq up to which nothing is for this person: from before they joined."""
    conversation = notice.conversation
    outside = notice.customer or notice.visitor
    if outside is not None:
        return requester_seat(outside, conversation) or 0
    if asker := asker_in(notice.user_id, conversation):
        return asker.since_seq
    return beginning_for(person.member, conversation)[0] if person.member else 0


def _earlier(conversation: Conversation, seq: int, beginning: int) -> list[Shown]:
    """At most two messages before: of this conversation only, so nothing internal can get into a customer's mail."""
    rows = (
        Message.objects.filter(conversation=conversation, seq__lt=seq, seq__gt=beginning, deleted_at=None)
        .exclude(author_kind="system")
        .select_related("conversation", "quote__quoted__conversation")
        .prefetch_related("attachments")
        .order_by("-seq")[:_EARLIER]
    )
    return [
        _shown(row, row.body[:_EARLIER_CHARACTERS], cut=len(row.body) > _EARLIER_CHARACTERS) for row in list(rows)[::-1]
    ]


def _without_gaps(text: str) -> str:
    """A plain text without the holes that template tags leave: never more than one empty line."""
    return "\n".join(_lines(line.rstrip() for line in text.strip().split("\n"))) + "\n"


def _lines(lines: Iterable[str]) -> Iterable[str]:
    empty = False
    for line in lines:
        if line or not empty:
            yield line
        empty = not line
