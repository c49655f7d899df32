"""File a conversation: a company's tags and public references; everybody who may open it as a member may do so."""

from __future__ import annotations

import unicodedata

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from companies.models import Membership
from conversations import events
from conversations.actions.locking import Conflict, lock_head, lock_offer
from conversations.models import Conversation, ConversationHead, Reference, Tag, Tagging
from events.publish import unit

MOST = 20


class BadLabel(Exception):
    """The word cannot be taken (422): empty, or too many already; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_label(text: str, longest: int) -> str:
    """One line without control and direction marks, at most `longest` characters. Raises BadLabel (empty)."""
    kept = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    word = " ".join(kept.split())[:longest].strip()
    if not word:
        raise BadLabel("empty")
    return word


def _lock(conversation: Conversation) -> ConversationHead:
    head = lock_head(conversation.pk)
    if head.kind == Conversation.Kind.INTERNAL:
        raise Conflict("no_labels")
    if head.status == head.Status.LOCKED:
        raise Conflict("locked")
    return head


def add_tag(conversation: Conversation, *, member: Membership, name: str) -> None:
    """The word of the member's company, known or new. Raises BadLabel, Conflict (internal, locked)."""
    name = clean_label(name, 30)
    with unit():
        head = _lock(conversation)
        mine = Tagging.objects.filter(conversation_id=head.pk, tag__company=member.company_id)
        if mine.count() >= MOST:
            raise BadLabel("too_many")
        Tagging.objects.get_or_create(conversation_id=head.pk, tag=_known_tag(member, name))
        _tell(head, member)


def _known_tag(member: Membership, name: str) -> Tag:
    """The company's word, locked. The head's lock covers one conversation: in another one it may be new, or used for
    the last time, at the same moment.
    """
    while True:
        Tag.objects.bulk_create([Tag(company_id=member.company_id, name=name)], ignore_conflicts=True)
        tag = _words_like(member, name).select_for_update(no_key=True).first()
        if tag is not None:
            return tag


def _words_like(member: Membership, name: str) -> QuerySet[Tag]:
    """At most one: alike is what the constraint takes for alike."""
    return Tag.objects.alias(small=Lower("name")).filter(company=member.company_id, small=Lower(Value(name)))


def remove_tag(conversation: Conversation, *, member: Membership, name: str) -> None:
    """Off this conversation; a word that is nowhere any more goes. Raises Conflict (internal, locked)."""
    with unit():
        head = _lock(conversation)
        tag = _words_like(member, name).select_for_update().first()
        if tag is not None:
            Tagging.objects.filter(conversation_id=head.pk, tag=tag).delete()
            if not tag.taggings.exists():
                tag.delete()
        _tell(head, member)


def _tell(head: ConversationHead, member: Membership) -> None:
    offer = lock_offer(head.pk) if head.routing == head.Routing.RINGING else None
    events.tags_changed(head.conversation, head, company_id=member.company_id, offer=offer)


def add_reference(conversation: Conversation, *, text: str) -> None:
    """Everybody in the conversation reads it, the requester too. Raises BadLabel, Conflict (internal, locked)."""
    text = clean_label(text, 60)
    with unit():
        head = _lock(conversation)
        if Reference.objects.filter(conversation_id=head.pk).count() >= MOST:
            raise BadLabel("too_many")
        Reference.objects.get_or_create(conversation_id=head.pk, text=text)
        events.thread_changed(head.conversation)


def remove_reference(conversation: Conversation, *, text: str) -> None:
    """Gone for everybody. Raises Conflict (internal, locked)."""
    with unit():
        head = _lock(conversation)
        Reference.objects.filter(conversation_id=head.pk, text=text).delete()
        events.thread_changed(head.conversation)
