"""A conversation by mail: to the one who asked, what they read anyway; to oneself, with or without what is inside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation

from companies import audit
from companies.models import Membership
from conversations import markup
from conversations.models import Conversation
from conversations.selectors.transcript import Transcript, transcript_of
from events.publish import unit
from mail import addresses
from mail.actions import BadAddress, queue
from mail.bodies import html_body

MAIL_MOST = 300
_BYTES = 90_000


class NoAddress(Exception):
    """Nobody knows where a mail to the one who asked would go (409)."""


def mail_to_me(
    conversation: Conversation, side: Conversation | None, *, member: Membership, key: UUID, now: datetime
) -> None:
    """To the member's own address; with `side` also its internal lines, each marked."""
    user = member.user
    shown = transcript_of(member, conversation, side, most=MAIL_MOST)
    with unit(), translation.override(user.language), timezone.override(ZoneInfo(user.time_zone)):
        _queue(conversation, shown, to=user.email, reply_to="", member=member, key=key, now=now)
        _note(conversation, member, to="self", inside=side is not None, now=now)


def mail_to_customer(conversation: Conversation, *, member: Membership, key: UUID, now: datetime) -> str:
    """To the one who asked: what they read, nothing else. Returns the address; raises NoAddress.

    An answer to it becomes a message, like an answer to every other mail of the conversation.
    """
    to, recipient, language = _customer(conversation)
    if not to or conversation.kind != Conversation.Kind.CUSTOMER:
        raise NoAddress
    shown = transcript_of(member, conversation, None, most=MAIL_MOST)
    reply_to = addresses.reply_address(
        kind="conversation", subject_id=conversation.pk, recipient=recipient, recipient_email=to, now=now
    )
    try:
        with unit(), translation.override(language), timezone.override(ZoneInfo(conversation.company.time_zone)):
            _queue(conversation, shown, to=to, reply_to=reply_to, member=member, key=key, now=now)
            _note(conversation, member, to="customer", inside=False, now=now)
    except BadAddress:
        raise NoAddress from None
    return to


def _customer(conversation: Conversation) -> tuple[str, str, str]:
    """Address, key and language of the one who asked; no address when nobody knows one."""
    visitor, customer = conversation.visitor, conversation.customer
    if visitor is not None:
        return visitor.answer_address, f"visitor:{visitor.pk}", visitor.language or "en"
    if customer is not None:
        return customer.email, f"customer:{customer.pk}", customer.language or "en"
    return "", "", "en"


def _queue(
    conversation: Conversation,
    shown: Transcript,
    *,
    to: str,
    reply_to: str,
    member: Membership,
    key: UUID,
    now: datetime,
) -> None:
    lines = [
        {"m": data, "html": markup.for_mail(data["body"]), "words": markup.plain(data["body"])}
        for data in shown.messages
    ]
    kept = _that_fit(lines)
    context = {
        "conversation": conversation,
        "company": conversation.company,
        "lines": kept,
        "cut": shown.cut or len(kept) < len(lines),
        "language": translation.get_language(),
    }
    subject = " ".join(render_to_string("conversations/email/transcript.subject.txt", context).split())
    queue(
        key=f"transcript:{conversation.pk}:{key}",
        to=to,
        subject=subject,
        text=render_to_string("conversations/email/transcript.txt", context).strip() + "\n",
        html=html_body("conversations/email/transcript", context | {"subject": subject}),
        sender_name=f"{member.user.full_name} via {member.company.name}",
        reply_to=reply_to,
        message_id=addresses.message_id("c", conversation.public_id, "transcript", key),
        auto=False,
        now=now,
    )


def _that_fit(lines: list[dict]) -> list[dict]:
    """The newest that a mail program shows whole."""
    left = _BYTES
    kept: list[dict] = []
    for line in reversed(lines):
        left -= len(line["html"].encode()) + 400
        if left < 0 and kept:
            break
        kept.append(line)
    return kept[::-1]


def _note(conversation: Conversation, member: Membership, *, to: str, inside: bool, now: datetime) -> None:
    audit.write(
        conversation.company or member.company,
        "conversation.transcript",
        by=member.user,
        subject=f"#{conversation.number}" if conversation.number else "",
        now=now,
        to=to,
        inside=inside,
    )
