"""An offer was accepted: it is seen; what was written after that moment is not, however late the reactions run."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from conversations.models import Message
from events import due
from notifications.actions import mark_seen, push_at, tell_unread
from notifications.models import Notice
from notifications.policy import MINE, Told
from notifications.selectors import told


def accepted(notices: QuerySet[Notice], *, at: datetime, now: datetime) -> None:
    """These notices told of a request that was accepted at `at`. A message that came later and was counted by one of
    them keeps it, as a message to the one who holds it now, with an unseen minute of its own (INV-07).
    """
    people = {one.user_id: one for one in told(notices.values_list("user_id", flat=True), MINE)}
    for notice in notices.select_for_update():
        rows = Message.objects.filter(conversation_id=notice.conversation_id, deleted_at=None, created_at__gt=at)
        rows = rows.filter(seq__lte=notice.last_seq).exclude(author_kind="system").exclude(user_id=notice.user_id)
        newer = list(rows.order_by("seq"))
        person = people.get(notice.user_id)
        if newer and person is not None:
            _go_on(notice, newer, person)
        else:
            mark_seen(Notice.objects.filter(pk=notice.pk), now=now)


def _go_on(notice: Notice, newer: list[Message], person: Told) -> None:
    notice.cause, notice.row, notice.offer_id = Notice.Cause.MESSAGE, MINE, None
    notice.first_seq, notice.count, notice.in_app = newer[0].seq, len(newer), person.in_app
    notice.due_at = newer[0].created_at + timedelta(seconds=settings.UNSEEN_AFTER_S) if person.email else None
    notice.save(update_fields=["cause", "row", "offer_id", "first_seq", "count", "in_app", "due_at"])
    due.drop("notice", subject_id=notice.pk)
    if notice.due_at is not None:
        due.add("notice", subject_id=notice.pk, due_at=notice.due_at)
    if person.push:
        due.keep("push", subject_id=notice.pk, due_at=push_at(newer[0].created_at, notice.pushed_at))
    tell_unread([notice.user_id])
