"""What holds a message back once, so that its author looks again: a colleague's answer, a variable without a value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from conversations.models import Conversation, ConversationHead, Later, Message
from conversations.selectors.contact_values import values_for
from texts.variables import fill, has_variables


class Held(Exception):
    """The message waits for another look (409). `code`: answered_meanwhile (`who` wrote line `seq`, `seconds` ago;
    seq 0: is about to) or empty_variables (`names`: keys of texts.variables.LABELS).
    """

    def __init__(
        self, code: str, *, who: str = "", seconds: int = 0, seq: int = 0, names: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{code}:{who}" if who else code)
        self.code, self.who, self.seconds, self.seq, self.names = code, who, seconds, seq, names


def filled_body(body: str, *, conversation: Conversation, user_id: int, careful: bool) -> str:
    """The text as its readers get it: no known variable is left in it (INV-17).

    `careful`: raises Held when one of them is empty. Internal lines stay as they are: no customer reads them.
    """
    if conversation.kind == Conversation.Kind.INTERNAL or not has_variables(body):
        return body
    filled = fill(body, values_for(conversation, User.objects.get(pk=user_id)))
    if filled.missing and careful:
        raise Held("empty_variables", names=filled.missing)
    return filled.text


def require_unanswered(
    head: ConversationHead, *, user_id: int | None, seen_seq: int | None, now: datetime, unsaved: Iterable[Message] = ()
) -> None:
    """Raises Held when a colleague has answered the customer after the line `seen_seq` that the author has seen;
    None: nobody asks.

    `unsaved`: messages of the same transaction that are not stored yet.
    """
    if seen_seq is None or head.kind != Conversation.Kind.CUSTOMER or head.last_seq <= seen_seq:
        return
    stored = Message.objects.filter(
        conversation_id=head.pk, seq__gt=seen_seq, author_kind="user", is_automatic=False, deleted_at=None
    ).exclude(user_id=user_id)
    fresh = [
        one
        for one in unsaved
        if one.conversation_id == head.pk and one.seq > seen_seq and one.user_id not in {None, user_id}
    ]
    found = fresh[-1] if fresh else stored.order_by("-seq").first()
    if found is not None:
        seconds = max(0, round((now - found.created_at).total_seconds()))
        raise Held("answered_meanwhile", who=found.author_name, seconds=seconds, seq=found.seq)


def require_nobody_sending(conversation: Conversation, *, user_id: int) -> None:
    """Raises Held when a colleague's answer is in its last seconds before it leaves."""
    waiting = Later.objects.filter(
        conversation=conversation, state=Later.State.WAITING, scheduled=False, kind="reply"
    ).exclude(user_id=user_id)
    if (other := waiting.select_related("user").first()) is not None:
        raise Held("answered_meanwhile", who=other.user.full_name)
