"""Snooze: out of the folders until a moment, or until the other side answers; then it is back, unread.

A request is snoozed for its whole team, and only one that somebody holds (or of an inbox in open mode): what rings,
waits or is nobody's stays in sight. A direct conversation is snoozed for oneself.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from conversations import events
from conversations.actions.locking import Conflict, NotAllowed, lock_head
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.rights import may_close
from conversations.snooze_times import check
from events import due
from events.publish import unit

_FIELDS = ["snoozed_at", "snoozed_until", "snoozer_id"]
_HELD = {ConversationHead.Routing.ASSIGNED, ConversationHead.Routing.OPEN}


def snooze(conversation: Conversation, *, by: User, role: str, until: datetime | None, now: datetime) -> None:
    """Until the moment, or (None) until the other side answers; again moves the moment.

    Raises Conflict (closed, nobody holds it), NotAllowed, BadTime.
    """
    if until is not None:
        check(until, now)
    with unit():
        head = lock_head(conversation.pk)
        if head.kind == Conversation.Kind.DIRECT:
            _snooze_mine(head, by, until, now)
            return
        _require_right(head, by, role)
        head.snoozed_at, head.snoozed_until, head.snoozer_id = now, until, by.pk
        head.save(update_fields=_FIELDS)
        if until is not None:
            due.add("snooze", subject_id=head.pk, due_at=until)
        moment = until.isoformat() if until else ""
        events.history("conversation.snoozed", head.conversation, by=Author.of_user(by), now=now, until=moment)
        _tell(head)


def wake(conversation: Conversation, *, by: User, role: str, now: datetime) -> None:
    """Back at once. Raises NotAllowed; what is not snoozed stays as it is."""
    with unit():
        head = lock_head(conversation.pk)
        if head.kind == Conversation.Kind.DIRECT:
            _seat(head, by.pk).update(snoozed_at=None, snoozed_until=None)
            _tell(head)
            return
        if head.snoozed_at is None:
            return
        _require_right(head, by, role)
        _wake(head, by=Author.of_user(by), after="hand", user=None, now=now)


def settle_snooze(conversation_id: int, recipient: str, now: datetime) -> None:
    """DUE: the moment has come (`recipient`: “user:5” whose own snooze it was, “” for a team's). Nothing if it was
    woken or moved meanwhile.
    """
    head = lock_head(conversation_id)
    if recipient:
        _settle_mine(head, int(recipient.partition(":")[2]), now)
    elif head.snoozed_until is not None and head.snoozed_until <= now:
        _wake(head, by=SYSTEM, after="time", user=head.assignee_id or head.snoozer_id, now=now)


def _wake(head: ConversationHead, *, by: Author, after: str, user: int | None, now: datetime) -> None:
    head.wake()
    head.save(update_fields=_FIELDS)
    _come_back(head, user=user, by=by, after=after, now=now)


def _come_back(head: ConversationHead, *, user: int | None, by: Author, after: str, now: datetime) -> None:
    """Into its folders; the reaction to the event calls on `user`, who finds it unread."""
    events.history("conversation.woken", head.conversation, by=by, now=now, after=after, user=user)
    _tell(head)


def _require_right(head: ConversationHead, by: User, role: str) -> None:
    if head.kind != Conversation.Kind.CUSTOMER:
        raise NotAllowed("no_snooze")
    if head.status != head.Status.OPEN:
        raise Conflict(head.status)
    if head.routing not in _HELD:
        raise Conflict("nobody_holds")
    if not may_close(head, role, mine=head.assignee_id == by.pk):
        raise NotAllowed("conversation.snooze")


def _seat(head: ConversationHead, user_id: int) -> QuerySet[Participant]:
    return Participant.objects.filter(conversation_id=head.pk, user_id=user_id, left_at=None)


def _snooze_mine(head: ConversationHead, user: User, until: datetime | None, now: datetime) -> None:
    if head.status != head.Status.OPEN:
        raise Conflict("locked")
    _seat(head, user.pk).update(snoozed_at=now, snoozed_until=until, archived_at=None)
    if until is not None:
        due.add("snooze", subject_id=head.pk, due_at=until, recipient=f"user:{user.pk}")
    _tell(head)


def _settle_mine(head: ConversationHead, user_id: int, now: datetime) -> None:
    over = Q(snoozed_at__isnull=False, snoozed_until__lte=now)
    if _seat(head, user_id).filter(over).update(snoozed_at=None, snoozed_until=None):
        _come_back(head, user=user_id, by=SYSTEM, after="time", now=now)


def _tell(head: ConversationHead) -> None:
    events.row_changed(head.conversation, head)
    events.thread_changed(head.conversation)
