"""Follow and unfollow: who hears of a request or an internal discussion without holding it (N-41)."""

from __future__ import annotations

from datetime import datetime

from companies import roles
from companies.actions.members import bump_rights
from companies.models import Membership
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import Conflict, lock_head
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.merged import everything_in
from events.publish import unit


def _lock(conversation: Conversation) -> ConversationHead:
    head = lock_head(conversation.pk)
    if head.kind == Conversation.Kind.DIRECT:
        raise Conflict("no_following")
    return head


def with_side(*places: int) -> list[int]:
    """Conversations and what lies beside their messages: who takes part in a request takes part in both."""
    beside = Conversation.objects.filter(about__in=places, discussion=False).values_list("pk", flat=True)
    return [*places, *beside]


def follow(conversation: Conversation, *, member: Membership, now: datetime) -> None:
    """The member hears of it from now on. Raises Conflict (direct)."""
    with unit():
        head = _lock(conversation)
        join(head, member, now=now)
        events.thread_changed(head.conversation)


def join(head: ConversationHead, member: Membership, *, now: datetime) -> None:
    """The member takes part in what is locked, and in what lies beside; their sockets and lists look again."""
    ringing.follow(head, member.user, now=now)
    beside = Conversation.objects.filter(pk__in=with_side(head.pk)[1:]).select_related("head")
    for side in beside:
        ringing.follow(side.head, member.user, now=now)
    bump_rights(member)


def unfollow(conversation: Conversation, *, member: Membership, role: str, now: datetime) -> None:
    """Silence; whoever has no role in the inbox leaves with it, and sees it no longer. Raises Conflict (direct)."""
    with unit():
        head = _lock(conversation)
        part(head, member, gone_at=now if role == roles.USER else None)
        events.thread_changed(head.conversation)


def part(head: ConversationHead, member: Membership, *, gone_at: datetime | None) -> None:
    """The member follows no longer, in what is locked and beside; `gone_at`: they left, also what was merged."""
    places = everything_in(head.pk) if gone_at else [head.pk]
    seats = Participant.objects.filter(conversation_id__in=with_side(*places), user=member.user_id)
    seats.update(following=False, **({"left_at": gone_at} if gone_at else {}))
    if gone_at:
        for one in Conversation.objects.filter(pk__in=places).order_by("pk"):
            events.row_gone(one, member.user)
    bump_rights(member)
