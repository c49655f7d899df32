"""What can be done with many conversations at once: each verb is the single one, with its rights and its refusals.

Each answers an outcome: DONE, or why the conversation was passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from channels_app.models import Inbox
from companies.models import Membership
from companies.selectors import colleague
from conversations.actions import assigning, closing, directs, labels, moving, reading, snoozing
from conversations.actions.later import send_all_now
from conversations.actions.locking import Conflict, NotAllowed, lock_head
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Participant
from conversations.selectors.destinations import destination_of
from conversations.selectors.labels import tags_of
from conversations.selectors.visibility import conversation_for, role_for
from conversations.snooze_times import ANSWER, BadTime

DONE, ALREADY = "done", "already"
OTHERS, UNCLAIMED, NOT_ALLOWED, LOCKED, GONE = "others", "unclaimed", "not_allowed", "locked", "gone"
_QUIET = {"read", "unread"}  # nothing changes for others: what can still be taken back waits on
NO_LABELS, FULL, CHANGED = "no_labels", "full", "changed"


@dataclass(frozen=True)
class Task:
    """One conversation in its turn. `before`: what the run that is undone here has noted of it."""

    conversation: Conversation
    member: Membership
    argument: str
    before: str
    now: datetime

    @property
    def head(self) -> ConversationHead:
        return self.conversation.head

    @property
    def role(self) -> str:
        return role_for(self.member, self.conversation)

    @property
    def author(self) -> Author:
        return Author.of_user(self.member.user)

    @property
    def seat(self) -> Participant | None:
        return Participant.objects.filter(conversation=self.conversation, user=self.member.user_id).first()


Act = Callable[[Task], tuple[str, str]]


@dataclass(frozen=True)
class Verb:
    """`undo` is the verb that takes it back ("" when there is none)."""

    act: Act
    undo: str = ""


def carry_out(
    verb: str, public_id: UUID, member: Membership, argument: str, *, before: str, now: datetime
) -> tuple[str, str]:
    """(outcome, what undoing must know) of one conversation that the member may open; in the caller's unit."""
    try:
        conversation = conversation_for(member, public_id)
        if verb not in _QUIET and send_all_now(conversation, user=member.user, now=now):
            conversation = conversation_for(member, public_id)
    except Conversation.DoesNotExist:
        return GONE, ""
    task = Task(conversation, member, argument, before, now)
    try:
        with transaction.atomic():
            return VERBS[verb].act(task)
    except NotAllowed as error:
        return _why_not(task, str(error)), ""
    except Conflict as error:
        return _conflict(str(error)), ""
    except labels.BadLabel:
        return FULL, ""
    except BadTime:
        return CHANGED, ""


def _why_not(task: Task, why: str) -> str:
    head = task.head
    if why == "works elsewhere":
        return NOT_ALLOWED
    if why in {"no_snooze", "not a request"} and task.head.kind == Conversation.Kind.INTERNAL:
        return NO_LABELS
    if head.routing == head.Routing.ASSIGNED and head.assignee_id != task.member.user_id:
        return OTHERS
    return UNCLAIMED if head.routing in {"unclaimed", "ringing", "waiting"} else NOT_ALLOWED


def _conflict(why: str) -> str:
    state = why.partition(":")[0]
    return {
        "locked": LOCKED,
        "no_labels": NO_LABELS,
        "assigned": OTHERS,
        "ringing": UNCLAIMED,
        "closed": CHANGED,
        "nobody_holds": UNCLAIMED,
        "same_place": ALREADY,
    }.get(state, NOT_ALLOWED)


def _close(task: Task) -> tuple[str, str]:
    """Closed, or a direct one put into one's archive; undoing knows it by its moment."""
    if task.head.kind == Conversation.Kind.DIRECT:
        return _archived(task, wanted=True)
    if task.head.status != task.head.Status.OPEN:
        return (LOCKED if task.head.status == task.head.Status.LOCKED else ALREADY), ""
    closed = closing.close(task.conversation, author=task.author, role=task.role, now=task.now)
    return (DONE, task.now.isoformat()) if closed.closed_at == task.now else (ALREADY, "")


def _reopen(task: Task) -> tuple[str, str]:
    """Undoing knows it by its last sign of life and by who holds it then."""
    if task.head.kind == Conversation.Kind.DIRECT:
        return _archived(task, wanted=False)
    if task.head.status == task.head.Status.OPEN:
        return ALREADY, ""
    opened = closing.reopen(task.conversation, author=task.author, role=task.role, now=task.now)
    return (DONE, _life(opened)) if opened.last_activity == task.now else (ALREADY, "")


def _life(head: ConversationHead) -> str:
    """What differs as soon as somebody writes to it, reopens, takes or snoozes it; at most 60 characters."""
    return f"{head.last_activity.isoformat()} {head.assignee_id or ''}{' asleep' if head.snoozed_at else ''}"


def _archived(task: Task, *, wanted: bool) -> tuple[str, str]:
    seat = task.seat
    if seat is None or (seat.archived_at is not None) is wanted:
        return ALREADY, ""
    if wanted:
        directs.archive(task.conversation, user=task.member.user, now=task.now)
        return DONE, task.now.isoformat()
    directs.unarchive(task.conversation, user=task.member.user)
    return DONE, _life(task.head)


def _open_again(task: Task) -> tuple[str, str]:
    """Undoes closing: not what somebody has opened, and closed again, meanwhile."""
    head = lock_head(task.head.pk)
    closed_at = head.closed_at
    if head.kind == Conversation.Kind.DIRECT:
        closed_at = seat.archived_at if (seat := task.seat) else None
    if task.before and closed_at and closed_at.isoformat() != task.before:
        return CHANGED, ""
    if head.kind == Conversation.Kind.DIRECT or head.status == head.Status.OPEN:
        return _reopen(task)
    closing.reopen(task.conversation, author=task.author, role=task.role, now=task.now, in_place=True)
    return DONE, ""


def _close_again(task: Task) -> tuple[str, str]:
    """Undoes reopening: not over a message, nor over anybody who has taken it in hand meanwhile."""
    head = lock_head(task.head.pk)
    if task.before and _life(head) != task.before:
        return CHANGED, ""
    return _close(task)


def _read(task: Task) -> tuple[str, str]:
    seat = task.seat
    mark = seat.last_read_seq if seat else 0
    if mark >= task.head.last_seq:
        return ALREADY, ""
    reading.mark_seen(task.conversation, viewer=task.member, seq=task.head.last_seq, now=task.now)
    return DONE, str(mark + 1)


def _unread(task: Task) -> tuple[str, str]:
    """From the newest message on, or from where it was read."""
    start = int(task.before) if task.before.isdecimal() else task.head.last_seq
    moved = reading.mark_unread(task.conversation, member=task.member, seq=start, now=task.now)
    return (DONE if moved else ALREADY), ""


def _tag(task: Task) -> tuple[str, str]:
    if _has_tag(task):
        return ALREADY, ""
    labels.add_tag(task.conversation, member=task.member, name=task.argument)
    return DONE, ""


def _untag(task: Task) -> tuple[str, str]:
    if not _has_tag(task):
        return ALREADY, ""
    labels.remove_tag(task.conversation, member=task.member, name=task.argument)
    return DONE, ""


def _has_tag(task: Task) -> bool:
    here = tags_of(task.member.company_id, [task.conversation.pk]).get(task.conversation.pk, [])
    return task.argument.casefold() in {name.casefold() for name in here}


def _assign(task: Task) -> tuple[str, str]:
    """To the member whose public id is the argument; for the undoing, who had it before is noted."""
    try:
        to = colleague(task.member, UUID(task.argument)).user
    except (ValueError, Membership.DoesNotExist):
        return NOT_ALLOWED, ""
    if task.head.kind != Conversation.Kind.CUSTOMER:
        return NOT_ALLOWED, ""
    if task.head.assignee_id == to.pk:
        return ALREADY, ""
    before = task.head.assignee_id
    assigning.assign(task.conversation, to=to, by=task.member.user, role=task.role, now=task.now)
    return DONE, str(before or "")


def _give_back(task: Task) -> tuple[str, str]:
    """Undoes assigning: to whom it was with before, or to nobody; not what somebody else has taken meanwhile."""
    try:
        held = colleague(task.member, UUID(task.argument)).user_id
    except (ValueError, Membership.DoesNotExist):
        held = None
    if task.head.assignee_id is None or task.head.assignee_id != held:
        return CHANGED, ""
    if task.before:
        former = User.objects.get(pk=int(task.before))
        assigning.assign(task.conversation, to=former, by=task.member.user, role=task.role, now=task.now)
    else:
        assigning.release(task.conversation, by=task.member.user, role=task.role, now=task.now)
    return DONE, ""


def _snoozed(task: Task) -> str:
    """Until when it is snoozed for the team, or for oneself: as an argument is written; "" when it is not."""
    held = task.seat if task.head.kind == Conversation.Kind.DIRECT else task.head
    if held is None or held.snoozed_at is None:
        return ""
    return held.snoozed_until.isoformat() if held.snoozed_until else ANSWER


def _snooze(task: Task) -> tuple[str, str]:
    """Until the moment of the argument (ISO 8601 with offset), or until the other side answers."""
    before = _snoozed(task)
    if before == task.argument:
        return ALREADY, ""
    until = None if task.argument == ANSWER else datetime.fromisoformat(task.argument)
    snoozing.snooze(task.conversation, by=task.member.user, role=task.role, until=until, now=task.now)
    return DONE, before


def _wake(task: Task) -> tuple[str, str]:
    if not _snoozed(task):
        return ALREADY, ""
    snoozing.wake(task.conversation, by=task.member.user, role=task.role, now=task.now)
    return DONE, ""


def _snooze_back(task: Task) -> tuple[str, str]:
    """Undoes snoozing: awake, or until the moment of before; not what somebody has snoozed otherwise meanwhile."""
    if _snoozed(task) != task.argument:
        return CHANGED, ""
    if not task.before:
        return _wake(task)
    return _snooze(replace(task, argument=task.before))


def _move(task: Task) -> tuple[str, str]:
    """To the inbox or channel whose public id is the argument, where it rings anew."""
    try:
        inbox, channel = destination_of(task.member, UUID(task.argument))
    except (ValueError, Inbox.DoesNotExist):
        return NOT_ALLOWED, ""
    moving.move(task.conversation, inbox=inbox, channel=channel, by=task.member, role=task.role, now=task.now)
    return DONE, ""


VERBS = {
    "close": Verb(_close, "open_again"),
    "open_again": Verb(_open_again),
    "reopen": Verb(_reopen, "close_again"),
    "close_again": Verb(_close_again),
    "read": Verb(_read, "unread"),
    "unread": Verb(_unread, "read"),
    "tag": Verb(_tag, "untag"),
    "untag": Verb(_untag, "tag"),
    "assign": Verb(_assign, "give_back"),
    "give_back": Verb(_give_back),
    "snooze": Verb(_snooze, "snooze_back"),
    "snooze_back": Verb(_snooze_back),
    "wake": Verb(_wake),
    "move": Verb(_move),
}
