"""What a new message refers to: the message it answers and the people it names; written together with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Q

from conversations.models import Conversation, ConversationHead, Mention, Message, Participant, Quote
from conversations.naming import named_in
from conversations.selectors.mentionable import mentionable
from conversations.selectors.peers import joined_later


class Referring(Protocol):
    """What is needed of a message to be."""

    @property
    def conversation_id(self) -> int: ...
    @property
    def quote(self) -> UUID | None: ...


class UnknownQuote(Exception):
    """The quoted message is not there, or not one that the readers of the new one may read."""


class Relations:
    """The quotes and mentions of one transaction of messages: looked up at once, stored at once."""

    def __init__(self, new: Sequence[Referring], heads: dict[int, ConversationHead]) -> None:
        self._quotable = _quotable(new, heads)
        self._quotes: list[Quote] = []
        self._mentions: list[Mention] = []

    def quoted(self, item: Referring) -> Message | None:
        """The message that this one answers, None when it answers none; raises UnknownQuote."""
        if item.quote is None:
            return None
        found = self._quotable.get((item.conversation_id, item.quote))
        if found is None or _hidden_from_somebody(found, item.conversation_id):
            raise UnknownQuote
        return found

    def relate(self, message: Message, head: ConversationHead, quoted: Message | None) -> None:
        """Set `quoting` and `named` of a message that is about to be stored."""
        message.quoting = quoted
        if quoted is not None:
            self._quotes.append(Quote(message=message, quoted=quoted))
        message.named = mentions_of(message, head)
        self._mentions += message.named

    def save(self, now: datetime) -> None:
        """After the messages are stored."""
        if self._quotes:
            Quote.objects.bulk_create(self._quotes)
        store_mentions(self._mentions, now=now)


def _quotable(new: Sequence[Referring], heads: dict[int, ConversationHead]) -> dict[tuple[int, UUID], Message]:
    """(conversation, client id) → the message that may be quoted there: one of the same conversation; in an internal
    one also one of the request that it accompanies. What customers read can never quote what they may not read.
    """
    wanted = Q(pk__in=[])
    sources: dict[int, set[int]] = {}
    for item in new:
        head = heads.get(item.conversation_id)
        if item.quote is None or head is None:
            continue
        of = {head.pk}
        if head.kind == Conversation.Kind.INTERNAL and head.conversation.about_id:
            of.add(head.conversation.about_id)
        sources[head.pk] = of
        wanted |= Q(conversation_id__in=of, client_id=item.quote)
    if not sources:
        return {}
    # Locked, so that nobody takes one back between this look and the frame that shows it.
    found = Message.objects.filter(wanted, deleted_at=None, system_kind="").select_related("conversation")
    rows = list(found.select_for_update(of=("self",), no_key=True).order_by("pk"))
    return {(pk, row.client_id): row for pk, of in sources.items() for row in rows if row.conversation_id in of}


def _hidden_from_somebody(quoted: Message, conversation_id: int) -> bool:
    """Whether one of those who read the conversation joined after the quoted message: they never see a word of it."""
    return quoted.conversation_id == conversation_id and joined_later(conversation_id, quoted.seq)


def mentions_of(message: Message, head: ConversationHead) -> list[Mention]:
    """The people that the text names, as rows to be stored; no query where nobody is named."""
    if "@" not in message.body or head.kind == Conversation.Kind.CUSTOMER or message.author_kind != "user":
        return []
    return [Mention(message=message, user=one.user, name=one.name) for one in named_in(message.body, mentionable(head))]


def store_mentions(mentions: Iterable[Mention], *, now: datetime) -> None:
    """Store them; whoever is named in an internal conversation follows it from then on."""
    mentions = list(mentions)
    if not mentions:
        return
    Mention.objects.bulk_create(mentions)
    internal = {
        (one.message.conversation_id, one.user_id)
        for one in mentions
        if one.message.conversation.kind == Conversation.Kind.INTERNAL and one.user_id != one.message.user_id
    }
    Participant.objects.bulk_create(
        [
            Participant(conversation_id=pk, user_id=user_id, side=Participant.Side.TEAM, following=True, joined_at=now)
            for pk, user_id in sorted(internal)
        ],
        update_conflicts=True,
        unique_fields=["conversation", "user"],
        update_fields=["following"],
    )
