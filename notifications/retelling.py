"""A message was changed or taken back after people were told of it: what has not left yet says what it says now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from conversations.actions.posting import preview_of
from conversations.models import Message
from events import due
from events.models import Event
from events.publish import unit
from mail.models import OutgoingMail
from notifications.actions import Plan, alert, plan, put_first, suppress, tell_unread
from notifications.models import Notice
from notifications.policy import MENTION
from notifications.selectors import told


def on_edited(events: list[Event], now: datetime) -> None:
    """REACTIONS: another text. A mail that waits for the mail server is written anew; one that is out stays so. Whoever
    it names for the first time hears of it as of a new message that names them.
    """
    for event in events:
        with unit():
            _write_anew(event.subject_id, event.data["seq"], now)
            if event.data["mentions"]:
                _tell_named(event, now)


def _tell_named(event: Event, now: datetime) -> None:
    rows = Message.objects.select_related("conversation__head")
    message = rows.filter(conversation_id=event.subject_id, seq=event.data["seq"], deleted_at=None).first()
    if message is None:
        return
    people = told(event.data["mentions"], MENTION)
    cause = Notice.Cause.MENTION
    here = {"conversation_id": event.subject_id, "seq": message.seq, "cause": cause, "at": event.at}
    plan(Plan.of(one, **here) for one in people)
    put_first(event.subject_id, [one.user_id for one in people], cause=cause, row=MENTION, seq=message.seq)
    alert(
        people,
        message.conversation,
        who=message.author_name,
        text=preview_of(message.body),
        cause="message",
        now=now,
    )


def on_deleted(events: list[Event], now: datetime) -> None:
    """REACTIONS: taken back. Whoever was told of nothing else is not told any more; bubbles count what is there."""
    for event in events:
        pk, seq = event.subject_id, event.data["seq"]
        with unit():
            _write_anew(pk, seq, now)
            telling = Notice.objects.filter(conversation_id=pk, first_seq__lte=seq, last_seq__gte=seq, seen_at=None)
            there = Message.objects.filter(conversation_id=pk, deleted_at=None).exclude(author_kind="system")
            empty = [
                notice.pk
                for notice in telling.exclude(cause=Notice.Cause.OFFER)
                if not there.filter(seq__gte=notice.first_seq, seq__lte=notice.last_seq).exists()
            ]
            suppress(Notice.objects.filter(pk__in=empty), reason="deleted", now=now)
            rest = [notice for notice in telling.exclude(pk__in=empty).filter(count__gt=1) if _counted(notice, seq)]
            Notice.objects.filter(pk__in=[notice.pk for notice in rest]).update(count=F("count") - 1)
            tell_unread(notice.user_id for notice in rest if notice.user_id)


def _counted(notice: Notice, seq: int) -> bool:
    """Whether the message, now deleted, is one of those that the notice counts.

    Somebody may hear of customers alone, or of colleagues alone: the number says which, of what stood there until now.
    """
    rows = Message.objects.filter(conversation_id=notice.conversation_id).exclude(author_kind="system")
    within = rows.filter(Q(deleted_at=None) | Q(seq=seq), seq__gte=notice.first_seq, seq__lte=notice.last_seq)
    others = [
        row
        for row in within
        if f"{row.author_kind}:{row.user_id or row.customer_id or row.visitor_id}" != notice.person_key
    ]
    asking = [row.seq for row in others if row.author_kind in {"customer", "visitor"}]
    told = next(
        (seqs for seqs in (asking, [row.seq for row in others if row.seq not in asking]) if len(seqs) == notice.count),
        [row.seq for row in others],
    )
    return seq in told


def _write_anew(conversation_id: int, seq: int, now: datetime) -> None:
    """Mails of this message that nobody has begun to send go back to where they came from, and are due at once."""
    mailed = Notice.objects.filter(
        conversation_id=conversation_id, first_seq__lte=seq, last_seq__gte=seq, state=Notice.State.EMAILED
    )
    for notice in mailed.select_for_update().order_by("id"):
        waiting = OutgoingMail.objects.select_for_update(skip_locked=True)
        mail = waiting.filter(key=f"notice:{notice.pk}", state=OutgoingMail.State.QUEUED).first()
        if mail is None:
            continue
        mail.delete()
        _due_again(notice, now)


def _due_again(notice: Notice, now: datetime) -> None:
    """Pending once more; where newer messages wait for the same person already, those take it along (INV-07)."""
    person = {"user_id": notice.user_id, "customer_id": notice.customer_id, "visitor_id": notice.visitor_id}
    newer = Notice.objects.filter(conversation_id=notice.conversation_id, state=Notice.State.PENDING, **person)
    other = newer.select_for_update().first()
    if other is not None:
        other.first_seq, other.due_at = min(other.first_seq, notice.first_seq), now
        other.save(update_fields=["first_seq", "due_at"])
        notice.state, notice.reason = Notice.State.SUPPRESSED, "newer"
        notice.save(update_fields=["state", "reason"])
    else:
        notice.state, notice.settled_at, notice.due_at = Notice.State.PENDING, None, now
        notice.save(update_fields=["state", "settled_at", "due_at"])
    due.add("notice", subject_id=(other or notice).pk, due_at=now)
