"""Messages that wait: the seconds in which a reply can be taken back, and those that are sent on a chosen day.

Each is a row with a deadline from the first moment on, so nothing is lost with a browser. It becomes the message with
its client id once; when its author may not write it any more it becomes a draft again and they are told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from accounts.models import User
from companies.models import Membership
from conversations import events
from conversations.actions import careful, drafts
from conversations.actions.locking import Conflict, NotAllowed, lock_head
from conversations.actions.posting import BadMessage, ClientIdTaken, Locked, checked_body
from conversations.actions.speaking import check_kind, speak
from conversations.models import Conversation, ConversationHead, Later, Message
from conversations.selectors.drafts import unsent_files
from conversations.selectors.rights import rights_of
from conversations.selectors.visibility import conversation_for
from conversations.sessions import member_of_user
from events import due
from events.publish import unit

MAX_WAITING = 200
MAX_UNDO_S = 30
MAX_IN_SHEET = 250_000  # far beyond what is typed: taking back must not fail for what stands below
_KEEP = timedelta(days=2)
_KEEP_RETURNED = timedelta(days=30)
State = Later.State


def put_off(
    conversation: Conversation,
    *,
    member: Membership,
    kind: str,
    body: str,
    client_id: UUID,
    files: tuple[UUID, ...] = (),
    quote: UUID | None = None,
    due_at: datetime,
    scheduled: bool,
    unless_answered: bool = False,
    seen_seq: int | None = None,
    now: datetime,
) -> Later:
    """Store a message that is sent at `due_at`; a repeat of the client id is the same row.

    The conversation comes from conversation_for(member, …). Raises what speak() raises; the right is looked at now and
    once more then.
    """
    body = checked_body(body, files)
    with unit():
        head = lock_head(conversation.pk)  # whoever comes with the same id meanwhile finds the row
        known = Later.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return _repeat(known, member, body)
        _require(conversation, member, kind=kind, files=files)
        if seen_seq is not None and kind == "reply":
            _look_around(conversation, member, body, seen_seq, scheduled=scheduled, now=now)
        row = Later.objects.create(
            conversation=conversation,
            user=member.user,
            client_id=client_id,
            kind=kind,
            body=body,
            files=list(files),
            quote=quote,
            scheduled=scheduled,
            unless_answered=unless_answered,
            last_seq=head.last_seq,
            seen_seq=None if scheduled else seen_seq,
            was_closed=head.status == ConversationHead.Status.CLOSED,
            due_at=due_at,
            created_at=now,
        )
        due.add("later", subject_id=row.pk, due_at=due_at)
        drafts.clear_draft(conversation, user=member.user, kind=kind, now=now)
        if scheduled:
            events.thread_changed(conversation)
        return row


def _repeat(row: Later, member: Membership, body: str) -> Later:
    if row.user_id != member.user_id or (row.body != body and row.state != State.UNDONE):
        raise ClientIdTaken
    return row


def _require(conversation: Conversation, member: Membership, *, kind: str, files: tuple[UUID, ...]) -> None:
    """What can be told now need not wait until then."""
    check_kind(conversation, kind)
    if conversation.merged_into_id is not None:
        raise Conflict("merged")
    rights = rights_of(member, conversation)
    if rights.reply == "locked":
        raise Locked
    if kind == "reply" and rights.reply:
        raise Conflict(rights.reply)
    if kind == "internal" and not rights.internal:
        raise NotAllowed("internal.write")
    if len(unsent_files(member.user_id, files)) != len(files):
        raise BadMessage("bad_file")
    if Later.objects.filter(user=member.user, state=State.WAITING).count() >= MAX_WAITING:
        raise Conflict("too_many_waiting")


def _look_around(
    conversation: Conversation, member: Membership, body: str, seen_seq: int, *, scheduled: bool, now: datetime
) -> None:
    careful.filled_body(body, conversation=conversation, user_id=member.user_id, careful=True)
    careful.require_unanswered(conversation.head, user_id=member.user_id, seen_seq=seen_seq, now=now)
    if not scheduled:
        careful.require_nobody_sending(conversation, user_id=member.user_id)


def settle_later(later_id: int, recipient: str, now: datetime) -> None:
    """DUE: its time has come."""
    row = Later.objects.filter(pk=later_id).first()
    if row is not None:
        _deliver(row, now=now)


def send_now(row: Later, *, now: datetime) -> Later:
    """Do not wait any longer; sending twice is no error. Returns the row: sent, or returned with its reason."""
    return _deliver(row, now=now, at_once=True)


def send_all_now(conversation: Conversation, *, user: User, now: datetime) -> int:
    """What the user could still take back goes first, before they close the conversation or give it on: one or many.
    Returns how many that were.
    """
    rows = Later.objects.filter(conversation=conversation, user=user, state=State.WAITING, scheduled=False)
    waiting = list(rows.order_by("due_at", "id"))
    for row in waiting:
        _deliver(row, now=now, at_once=True)
    return len(waiting)


def _deliver(row: Later, *, now: datetime, at_once: bool = False) -> Later:
    with unit():
        row = _lock(row)
        if row.state != State.WAITING or (row.due_at > now and not at_once):
            return row
        why = _post(row, now)
        _settle(row, State.RETURNED if why else State.SENT, now, why=why)
        if why:
            drafts.give_back(row.conversation, user=row.user, kind=row.kind, body=row.body, files=row.files, now=now)
            events.message_returned(row.conversation, row, now=now)
        if row.scheduled:
            events.thread_changed(row.conversation)
        return row


def _lock(row: Later) -> Later:
    """The conversation first, as everybody does; then the row as it is now."""
    lock_head(row.conversation_id)
    rows = Later.objects.select_for_update(of=("self",)).select_related("conversation__head", "user")
    return rows.get(pk=row.pk)


def _settle(row: Later, state: str, now: datetime, *, why: str = "") -> None:
    row.state, row.settled_at, row.why = state, now, why[:160]
    row.save(update_fields=["state", "settled_at", "why"])
    due.drop("later", subject_id=row.pk)


def _post(row: Later, now: datetime) -> str:
    """Store the message; "" or why it is not: a word of commands.why_returned(), with a name behind a colon."""
    member = member_of_user(row.user_id)
    if member is None:
        return "gone"
    try:
        conversation = conversation_for(member, row.conversation.public_id)
    except Conversation.DoesNotExist:
        return "gone"
    if conversation.head.status == ConversationHead.Status.CLOSED and not row.was_closed:
        return "closed"
    if row.unless_answered and _answered(conversation, row.last_seq):
        return "customer_answered"
    try:
        _say(row, conversation, member, now)
    except Locked:
        return "locked"
    except ClientIdTaken:
        return "id_taken"
    except BadMessage as error:
        return error.code
    except (NotAllowed, Conflict, careful.Held) as error:
        return str(error)
    return ""


def _say(row: Later, conversation: Conversation, member: Membership, now: datetime) -> None:
    say = partial(
        speak,
        conversation,
        member=member,
        kind=row.kind,
        body=row.body,
        client_id=row.client_id,
        attachments=tuple(row.files),
        seen_seq=row.seen_seq,
        now=now,
    )
    try:
        say(quote=row.quote)
    except BadMessage as error:
        if error.code != "bad_quote":
            raise
        say()  # what it answers was taken back meanwhile: the answer goes all the same


def _answered(conversation: Conversation, seq: int) -> bool:
    return Message.objects.filter(
        conversation=conversation, seq__gt=seq, author_kind__in=["customer", "visitor"]
    ).exists()


def take_back(row: Later, *, sheet: drafts.Written | None = None, now: datetime) -> dict | None:
    """Undo or edit: it is not sent and becomes its author's draft again, above what stands in the `sheet` now (None:
    above what is stored of it). Returns the draft's data; None of what was undone before it arrived: only its author's
    browser has the text. Raises Conflict("sent") when it is too late.
    """
    with unit():
        row = _lock(row)
        if row.state == State.SENT:
            raise Conflict("sent")
        if row.state == State.UNDONE and not row.body and not row.files:
            return None
        waited = row.state == State.WAITING
        if waited or row.state == State.RETURNED:
            _settle(row, State.UNDONE, now)
        given = {"body": row.body, "files": row.files} if waited else {"body": "", "files": []}
        data = drafts.give_back(row.conversation, user=row.user, kind=row.kind, sheet=sheet, now=now, **given)
        if row.scheduled:
            events.thread_changed(row.conversation)
        return data


def take_back_unknown(
    conversation: Conversation,
    *,
    user: User,
    client_id: UUID,
    kind: str,
    sheet: drafts.Written | None = None,
    now: datetime,
) -> dict | None:
    """Undone before it arrived: whatever arrives under this id later is not sent. If it arrived at this very moment it
    is taken back: see take_back(), and the draft's data is the answer. Raises Conflict("sent"), and Later.DoesNotExist
    for an id of somebody else.
    """
    with unit():
        lock_head(conversation.pk)  # what is just being stored is there when the lock is free
        row = Later.objects.filter(conversation=conversation, client_id=client_id).first()
        if row is None:
            if Message.objects.filter(conversation=conversation, client_id=client_id).exists():
                raise Conflict("sent")
            mark = Later(conversation=conversation, user=user, client_id=client_id, kind=kind, state=State.UNDONE)
            mark.due_at = mark.created_at = mark.settled_at = now
            mark.save()
            return None
    if row.user_id != user.pk:
        raise Later.DoesNotExist
    # Its own lock comes before the conversation's, as when it is sent.
    return take_back(row, sheet=sheet, now=now)


def discard(row: Later, *, by: User, now: datetime) -> None:
    """Delete one that waits, or put the note away of one that came back. Somebody else than the author, whose right the
    caller has checked, only stops it: the text goes back to its author. Raises Conflict("sent").
    """
    with unit():
        row = _lock(row)
        if row.state == State.SENT:
            raise Conflict("sent")
        if row.user_id == by.pk:
            _settle(row, State.UNDONE, now)
        elif row.state == State.WAITING:
            _settle(row, State.RETURNED, now, why=f"stopped:{by.full_name}")
            drafts.give_back(row.conversation, user=row.user, kind=row.kind, body=row.body, files=row.files, now=now)
            events.message_returned(row.conversation, row, now=now)
        events.thread_changed(row.conversation)


def discard_lost(row: Later, *, now: datetime) -> None:
    """Its author has done with what came back out of a conversation that is not open to them: the draft that holds
    nothing else goes, too.
    """
    with unit():
        row = _lock(row)
        if row.state == State.RETURNED:
            _settle(row, State.UNDONE, now)
            drafts.sent_elsewhere(row.user, row.conversation, kind=row.kind, body=row.body, now=now)


def drop_settled(*, now: datetime) -> int:
    """Remove what was sent or undone two days ago, and notes that nobody put away for a month; returns how many."""
    over = Later.objects.filter(settled_at__lt=now - _KEEP, state__in=[State.SENT, State.UNDONE])
    noted = Later.objects.filter(settled_at__lt=now - _KEEP_RETURNED, state=State.RETURNED)
    return over.delete()[0] + noted.delete()[0]
