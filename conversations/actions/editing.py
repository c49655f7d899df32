"""A message after it was sent: its author changes it for a quarter of an hour, or takes it back and leaves a trace.

Order and count stay (INV-18): the row keeps its seq. Every change has a number (head.changes), by which a page that
was asleep asks for what it missed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from companies import roles
from conversations import events
from conversations.actions.careful import filled_body
from conversations.actions.locking import Conflict, NotAllowed, lock_heads
from conversations.actions.posting import MAX_BODY, BadMessage, Locked, clean_body
from conversations.actions.relating import mentions_of, store_mentions
from conversations.attachments import drop_files
from conversations.authors import Author
from conversations.markup import preview_of
from conversations.models import (
    Attachment,
    Conversation,
    ConversationHead,
    Mention,
    Message,
    MessageVersion,
    Participant,
    Quote,
)
from conversations.selectors.messages import author_of, stored_message_data, with_mentions
from conversations.selectors.offers import pending_offer
from conversations.selectors.peers import why_silent
from events.publish import unit

EDIT_FOR = timedelta(minutes=15)
_QUOTES = 200  # so many messages that quote a changed one are told anew, the newest; others when their page loads


def edit_message(
    conversation: Conversation,
    *,
    message_id: UUID,
    author: Author,
    body: str,
    role: str,
    may_post: bool,
    now: datetime,
) -> dict:
    """Another text for one's own message; the old one becomes a version. Returns the shape in which it travels.

    Raises Message.DoesNotExist, NotAllowed (not one's own, or not allowed to write here now), Conflict("edit_too_late",
    "deleted"), Locked, BadMessage, Held("empty_variables"). The conversation comes from conversation_for().
    """
    body = filled_body(clean_body(body), conversation=conversation, user_id=author.id, careful=True)
    if len(body) > MAX_BODY:
        raise BadMessage("too_long")
    with unit():
        change = _locked(conversation, message_id, author)
        head, message = change.head, change.message
        if now - message.created_at > EDIT_FOR:
            raise Conflict("edit_too_late")
        _require_voice(head, author, role=role, may_post=may_post)
        if not body and not message.attachments.exists():
            raise BadMessage("empty")
        if body == message.body:
            return stored_message_data(message, head.conversation)
        MessageVersion.objects.create(message=message, body=message.body, written_at=_written_at(message))
        before = message.body
        message.body, message.edited_at = body, now
        fresh = _renamed(message, head, now)
        _save(head, message, ["body", "edited_at", "changed"])
        _forget_words(head, before)
        events.message_edited(head.conversation, message, by=author, mentions=fresh, now=now)
        return _tell(change)


def delete_message(conversation: Conversation, *, message_id: UUID, author: Author, now: datetime) -> dict:
    """Take one's own message back: text, versions, mentions and files are gone for good, who and when stays.

    Raises Message.DoesNotExist, NotAllowed, Conflict("deleted"), Locked.
    """
    with unit():
        change = _locked(conversation, message_id, author)
        head, message = change.head, change.message
        before = " ".join([message.body, *message.attachments.values_list("name", flat=True)])
        MessageVersion.objects.filter(message=message).delete()
        Mention.objects.filter(message=message).delete()
        Quote.objects.filter(message=message).delete()
        drop_files(list(Attachment.objects.filter(message=message)))
        message.body, message.deleted_at, message.named, message.quoting = "", now, [], None
        _save(head, message, ["body", "deleted_at", "changed"])
        _forget_words(head, before)
        events.message_deleted(head.conversation, message, by=author, now=now)
        return _tell(change)


# --- what is allowed ----------------------------------------------------------------------------------------------
@dataclass
class _Change:
    """A message that is being changed, its head, and the heads of all conversations that quote it."""

    head: ConversationHead
    message: Message
    heads: dict[int, ConversationHead]


def _locked(conversation: Conversation, message_id: UUID, author: Author) -> _Change:
    """The message under the locks of its head and of those that quote it; the author's own, in a conversation that
    still takes writes (INV-19).
    """
    places = {conversation.pk}
    while True:
        with suppress(_QuotedElsewhere), transaction.atomic():
            heads, message = _lock_all(places, conversation, message_id)
            break
    head = heads[conversation.pk]
    message.conversation = head.conversation
    if (message.author_kind, message.user_id or message.customer_id or message.visitor_id) != (author.kind, author.id):
        raise NotAllowed("not_own")
    if message.deleted_at is not None:
        raise Conflict("deleted")
    if head.status == head.Status.LOCKED or head.conversation.merged_into_id is not None:
        raise Locked
    with_mentions([message], head.conversation)
    return _Change(head, message, heads)


class _QuotedElsewhere(Exception):
    """One more conversation quotes the message than was locked: `places` has it now, the locks are given back."""


def _lock_all(
    places: set[int], conversation: Conversation, message_id: UUID
) -> tuple[dict[int, ConversationHead], Message]:
    """The heads of `places` and of what quotes the message, then the message, which nobody can quote from then on."""
    quoting = Quote.objects.filter(quoted__conversation=conversation, quoted__client_id=message_id)
    quoting_places = quoting.values_list("message__conversation_id", flat=True)
    places |= set(quoting_places.all())
    heads = lock_heads(places)
    message = (
        Message.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "customer", "visitor__customer", "quote__quoted__conversation")
        .filter(system_kind="")
        .get(conversation=conversation, client_id=message_id)
    )
    if not places.issuperset(quoting_places.all()):
        raise _QuotedElsewhere
    return heads, message


def _require_voice(head: ConversationHead, author: Author, *, role: str, may_post: bool) -> None:
    """Who may write here at this moment may change what they wrote; the text stays that of the one who answers."""
    if head.kind == Conversation.Kind.DIRECT:
        if why := why_silent(head.pk, author.id):
            raise NotAllowed(why)
        return
    if head.kind == Conversation.Kind.INTERNAL:
        allowed, why = roles.allowed(role, "internal.write", own=True), "internal.write"
    elif head.routing == head.Routing.OPEN:
        allowed, why = roles.allowed(role, "customer.answer.open", switch=may_post), "customer.answer.open"
    else:
        mine = head.assignee_id == author.id
        allowed = roles.allowed(role, "customer.answer.assigned", assigned=mine)
        why = f"assigned:{head.assignee.full_name}" if head.assignee else str(head.routing)
    if not allowed:
        raise NotAllowed(why)


# --- what is written ----------------------------------------------------------------------------------------------
def _written_at(message: Message) -> datetime:
    return message.edited_at or message.created_at


def _renamed(message: Message, head: ConversationHead, now: datetime) -> list[int]:
    """The people that the new text names; who is named for the first time is returned, and follows."""
    known = {mention.user_id for mention in message.mentions.all()}
    named = mentions_of(message, head)
    message.mentions.all().delete()
    store_mentions(named, now=now)
    message.named = named
    return [mention.user_id for mention in named if mention.user_id not in known]


def _save(head: ConversationHead, message: Message, fields: list[str]) -> None:
    head.changes += 1
    message.changed = head.changes
    message.save(update_fields=fields)
    if message.seq == head.last_seq:
        _preview_anew(head)
    head.save(update_fields=["changes", "preview", "preview_author"])


def _preview_anew(head: ConversationHead) -> None:
    """The list shows the newest message that is still there; none from before somebody joined, for the row is all's."""
    seats = Participant.objects.filter(conversation_id=head.pk, left_at=None, since_seq__lt=head.last_seq)
    since = seats.aggregate(latest=Max("since_seq"))["latest"] or 0
    rows = Message.objects.filter(conversation_id=head.pk, seq__gt=since, deleted_at=None, system_kind="")
    message = rows.select_related("user", "customer", "visitor__customer").order_by("-seq").first()
    head.preview = head.preview_author = ""
    if message is not None:
        names = message.attachments.values_list("name", flat=True)
        head.preview = preview_of(message.body) or next(iter(names), "")[:140]
        head.preview_author = author_of(message).name.partition(" · ")[0][:80]


# Only words that no other message, subject or person of the inbox has: the rest is somebody else's.
_FORGET = """
DELETE FROM conversations_searchword AS known
USING unnest(tsvector_to_array(memo_search_vector(%(text)s))) AS gone(word)
WHERE known.inbox_id = %(inbox)s AND known.word = gone.word
  AND NOT EXISTS (
    SELECT 1 FROM conversations_searchshelf AS shelf JOIN conversations_searchline AS line ON line.shelf_id = shelf.id
    WHERE shelf.inbox_id = %(inbox)s AND NOT shelf.cards AND line.vector @@ known.word::tsquery)
  AND NOT EXISTS (
    SELECT 1 FROM conversations_searchshelf AS shelf JOIN conversations_searchcard AS card ON card.shelf_id = shelf.id
    WHERE shelf.inbox_id = %(inbox)s AND shelf.cards AND card.vector @@ known.word::tsquery)
"""


def _forget_words(head: ConversationHead, text: str) -> None:
    """The message's own row of the index follows its text by a trigger; the words of the inbox do here."""
    if head.inbox_id is not None:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, {"text": text, "inbox": head.inbox_id})


# --- who is told --------------------------------------------------------------------------------------------------
def _tell(change: _Change) -> dict:
    """Frames of the message and of those that quote it, to everybody who reads them; the list rows follow."""
    head, message = change.head, change.message
    data = stored_message_data(message, head.conversation)
    events.message_changed(head.conversation, data)
    for other in _quoting(message):
        _count(change.heads[other.conversation_id], other)
        with_mentions([other], other.conversation)
        events.message_changed(other.conversation, stored_message_data(other, other.conversation))
    if message.seq == head.last_seq:
        offer = pending_offer(head.pk) if head.routing == head.Routing.RINGING else None
        events.row_changed(head.conversation, head, offer=offer)
    return data


def _quoting(message: Message) -> list[Message]:
    rows = Message.objects.filter(quote__quoted=message, deleted_at=None)
    whole = rows.select_related("user", "customer", "visitor__customer", "quote__quoted__conversation", "conversation")
    return list(whole.prefetch_related("attachments").order_by("-pk")[:_QUOTES])


def _count(head: ConversationHead, message: Message) -> None:
    """What quotes a changed message has changed, too."""
    head.changes += 1
    message.changed = head.changes
    message.save(update_fields=["changed"])
    head.save(update_fields=["changes"])
