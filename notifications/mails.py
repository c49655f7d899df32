"""The mail after the unseen minute: all unseen messages, threaded, answerable."""

from __future__ import annotations

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from mail.actions import queue

from conversations.models import Conversation, Message
from mail import addresses
from mail.quoting import marker_line
from notifications.models import Notice
from notifications.recipients import Recipient

_inliner = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def queue_notice(notice: Notice, person: Recipient, messages: list[Message], *, now) -> None:
    """Put one mail into the outgoing queue, in the caller's transaction; its key makes it exactly one."""
    conversation = notice.conversation
    reply_to = addresses.reply_address(
        kind="conversation",
        subject_id=conversation.pk,
        recipient=person.key,
        recipient_email=person.email,
        now=now,
    )
    root = addresses.message_id("c", conversation.public_id, "root")
    with translation.override(person.language):
        context = _context(notice, person, messages)
        queue(
            key=f"notice:{notice.pk}",
            to=person.email,
            subject=" ".join(render_to_string("notifications/email/notice.subject.txt", context).split()),
            text=render_to_string("notifications/email/notice.txt", context),
            html=_inliner.inline(render_to_string("notifications/email/notice.html", context)),
            sender_name=_sender(conversation, messages),
            reply_to=reply_to,
            message_id=addresses.message_id("c", conversation.public_id, "n", notice.pk),
            in_reply_to=root,
            references=(root,),
            auto=all(message.is_automatic for message in messages),
            now=now,
        )


def _sender(conversation: Conversation, messages: list[Message]) -> str:
    """“Ben Fuchs via Nordlicht GmbH”."""
    author = messages[-1].author_name
    return f"{author} via {conversation.company.name}" if conversation.company else author


def _context(notice: Notice, person: Recipient, messages: list[Message]) -> dict:
    conversation = notice.conversation
    is_team = notice.user_id is not None
    earlier = (
        Message.objects.filter(conversation=conversation, seq__lt=messages[0].seq, deleted_at=None)
        .exclude(author_kind="system")
        .order_by("-seq")[:2]
    )
    return {
        "marker": marker_line(person.language),
        "notice": notice,
        "person": person,
        "is_team": is_team,
        "is_offer": notice.cause == Notice.Cause.OFFER,
        "is_unclaimed": notice.cause == Notice.Cause.UNCLAIMED,
        "conversation": conversation,
        "company": conversation.company,
        "messages": messages,
        "earlier": list(earlier)[::-1],
        "sender": messages[-1].author_name,
        "link": f"{settings.BASE_URL}/conversations/{conversation.public_id}/" if is_team else "",
        "base_url": settings.BASE_URL,
        "language": person.language,
    }
