"""Verbs of the widget's door: begin a session, say something, start a conversation, signal typing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from channels_app.models import Channel, Widget
from conversations.actions.posting import Posted, post_message
from conversations.actions.starting import start_conversation
from conversations.authors import Author
from conversations.models import Conversation, Message
from customers.actions import visitors
from customers.actions.visitors import Page
from customers.models import Visitor
from events import groups
from events.publish import publish, unit, whisper
from widget import origins
from widget.identity import SignedIdentity
from widget.selectors import widget_of

LONGEST_PREVIEW = 500


@dataclass(frozen=True)
class Session:
    """The visitor of a browser; `token` only when a new one was made and the browser has to keep it."""

    visitor: Visitor
    token: str = ""


def open_session(
    widget: Widget, *, visitor: Visitor | None, signed: SignedIdentity | None, language: str, page: Page, now: datetime
) -> Session:
    """The visitor for this browser: the one it had, a new one, or the one that the signed identity asks for.

    Who comes back signed in as somebody else gets a visitor of their own: a shared browser shares no history.
    """
    if visitor is not None and signed is not None and _is_somebody_else(visitor, signed):
        visitor = None
    token = ""
    if visitor is None:
        visitor, token = visitors.mint_visitor(
            company=widget.company, widget_key=widget.public_key, language=language, page=page, now=now
        )
    else:
        visitors.touch_visitor(visitor, language=language, page=page, now=now)
    if signed is not None and not _is_known_as(visitor, signed):
        token = _verify(visitor, signed, now)
    return Session(visitor, token)


def _verify(visitor: Visitor, signed: SignedIdentity, now: datetime) -> str:
    with transaction.atomic():
        token = visitors.verify_visitor(visitor, subject=signed.subject, email=signed.email, name=signed.name, now=now)
        if visitor.customer_id:
            # What others began while they merely claimed this address does not stand in the owner's record.
            claimed = Conversation.objects.filter(customer_id=visitor.customer_id, visitor__verified=False)
            claimed.exclude(visitor__customer_id=visitor.customer_id).update(customer=None)
            Conversation.objects.filter(visitor=visitor, customer=None).update(customer_id=visitor.customer_id)
    return token


def _is_known_as(visitor: Visitor, signed: SignedIdentity) -> bool:
    return visitor.verified and visitor.subject == signed.subject


def _is_somebody_else(visitor: Visitor, signed: SignedIdentity) -> bool:
    return visitor.verified and not _is_known_as(visitor, signed)


def start(
    visitor: Visitor,
    *,
    channel: Channel | None,
    body: str,
    client_id: UUID,
    start_id: UUID,
    files: tuple[UUID, ...],
    follow_up_of: Conversation | None,
    now: datetime,
) -> tuple[Conversation, Message]:
    """A new conversation of the visitor (N-09); the same start_id gives the same one. All their tabs are told."""
    with unit():
        conversation, message = start_conversation(
            company=visitor.company,
            channel=channel,
            author=Author.of_visitor(visitor),
            body=body,
            client_id=client_id,
            start_id=start_id,
            origin=Conversation.Origin.WIDGET,
            visitor=visitor,
            attachments=files,
            follow_up_of=follow_up_of,
            now=now,
        )
        # "rights": the visitor's sockets look again at which conversations they may hear, and join this one.
        publish(groups.visitor(visitor.public_id), "rights", {"c": str(conversation.public_id)})
    return conversation, message


def say(
    visitor: Visitor, conversation: Conversation, *, body: str, client_id: UUID, files: tuple[UUID, ...], now: datetime
) -> Posted:
    """A further message; a closed conversation opens again (N-10)."""
    visitors.touch_visitor(visitor, now=now)
    return post_message(
        conversation,
        author=Author.of_visitor(visitor),
        body=body,
        client_id=client_id,
        via=Message.Via.WIDGET,
        attachments=files,
        now=now,
    )


def signal_typing(visitor: Visitor, conversation: Conversation, *, text: str | None = None) -> None:
    """The team sees that the visitor writes and, where the company wants that, what; nothing is stored.

    `text` None: the frame does not tell; "": what was begun is gone again.
    """
    data = _who(visitor, conversation)
    if text is not None and (widget := widget_of(visitor)) and widget.share_typing:
        data |= {"text": _seen_text(text)}
    whisper(groups.conversation_team(conversation.public_id), "typing", data)


def signal_page(visitor: Visitor, conversation: Conversation, *, url: str, title: str) -> None:
    """The team sees which of the site's pages the visitor is on, where the company wants that; nothing is stored."""
    widget = widget_of(visitor)
    if widget is None or not widget.share_page:
        return
    if origins.of_address(url) not in origins.allowed(widget.allowed_origins):
        return
    data = {"url": origins.without_query(url), "title": visitors.clean_name(title)}
    whisper(groups.conversation_team(conversation.public_id), "page", _who(visitor, conversation) | data)


def _who(visitor: Visitor, conversation: Conversation) -> dict:
    who = {"kind": "visitor", "id": str(visitor.public_id), "name": visitor.label}
    return {"c": str(conversation.public_id), "who": who}


def _seen_text(text: str) -> str:
    """The end of what is being written, as far as a glance needs it."""
    return "".join(char for char in text[-LONGEST_PREVIEW:] if char.isprintable() or char == "\n")
