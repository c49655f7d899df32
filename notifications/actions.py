"""Plan notices, settle them after the unseen minute, cancel what was seen (N-33, INV-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Least

from accounts.models import User
from companies.selectors import quiet_ends_of
from conversations.actions.reading import mark_mailed
from conversations.models import Conversation
from conversations.selectors.offers import pending_offer
from events import due, groups
from events.publish import publish
from mail.actions.outgoing import cancel
from notifications.mails import queue_notice
from notifications.models import Notice
from notifications.policy import FLASH, SOUND, Told
from notifications.recipients import Recipient, mail_waits, recipient_of, still_entitled, unseen_messages
from notifications.selectors import unseen_of

PUSH_AFTER = timedelta(seconds=5)
PUSH_PAUSE = timedelta(seconds=30)
_HELD_BACK = 10_000  # mails that may wait for a mail server at the moment when a company is stopped


@dataclass(frozen=True)
class Plan:
    """A notice to be: for exactly one person, about one message (or an offer, an assignment)."""

    conversation_id: int
    seq: int
    cause: str
    at: datetime
    user_id: int | None = None
    customer_id: int | None = None
    visitor_id: int | None = None
    row: str = "mine"
    in_app: bool = True
    email: bool = True
    push: bool = False
    offer_id: int | None = None
    actor_id: int | None = None

    @classmethod
    def of(cls, person: Told, *, conversation_id: int, seq: int, cause: str, at: datetime, **more: Any) -> Plan:
        """For a user, by the ways in which they are told; `more` goes over that."""
        ways: dict[str, Any] = {"in_app": person.in_app, "email": person.email, "push": person.push}
        user_id, row = person.user_id, person.row
        return cls(conversation_id, seq, cause, at, user_id=user_id, row=row, **(ways | more))

    @property
    def person(self) -> str:
        return "user" if self.user_id else "customer" if self.customer_id else "visitor"


_UPSERT = """
INSERT INTO notifications_notice
  (conversation_id, user_id, customer_id, visitor_id, cause, "row", actor_id, offer_id, first_seq, last_seq, count,
   in_app, created_at, at, due_at, state, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, 'pending', '')
ON CONFLICT (conversation_id, {person}_id) WHERE state = 'pending' DO UPDATE SET
  last_seq = GREATEST(notifications_notice.last_seq, EXCLUDED.last_seq),
  count = notifications_notice.count + CASE WHEN EXCLUDED.last_seq > notifications_notice.last_seq THEN 1 ELSE 0 END,
  in_app = notifications_notice.in_app OR EXCLUDED.in_app,
  at = GREATEST(notifications_notice.at, EXCLUDED.at),
  "row" = CASE WHEN EXCLUDED.due_at IS NULL THEN notifications_notice."row" ELSE EXCLUDED."row" END,
  actor_id = COALESCE(EXCLUDED.actor_id, notifications_notice.actor_id),
  due_at = COALESCE(notifications_notice.due_at, EXCLUDED.due_at),
  seen_at = CASE WHEN EXCLUDED.last_seq > notifications_notice.last_seq THEN NULL ELSE notifications_notice.seen_at END
RETURNING id, due_at, pushed_at, (xmax = 0) AS inserted
"""


def plan(plans: Iterable[Plan]) -> set[int]:
    """Write notices in the caller's unit: one pending per person and conversation; a new one gets its deadline.

    Returns the ids of the users for whom it is a new one.
    """
    after = timedelta(seconds=settings.UNSEEN_AFTER_S)
    new: set[int] = set()
    with connection.cursor() as cursor:
        for one in sorted(plans, key=lambda p: (p.conversation_id, p.person, p.seq)):
            due_at = one.at + after if one.email else None
            cursor.execute(
                _UPSERT.format(person=one.person),
                [
                    one.conversation_id,
                    one.user_id,
                    one.customer_id,
                    one.visitor_id,
                    one.cause,
                    one.row,
                    one.actor_id,
                    one.offer_id,
                    one.seq,
                    one.seq,
                    one.in_app,
                    one.at,
                    one.at,
                    due_at,
                ],
            )
            notice_id, stored_due_at, pushed_at, inserted = cursor.fetchone()
            if due_at is not None and stored_due_at == due_at:
                due.add("notice", subject_id=notice_id, due_at=due_at)
            if one.push and one.user_id:
                due.keep("push", subject_id=notice_id, due_at=push_at(one.at, pushed_at))
            if inserted and one.user_id:
                new.add(one.user_id)
    return new


def put_first(
    conversation_id: int, user_ids: Iterable[int], *, cause: str, row: str | None = None, seq: int | None = None
) -> None:
    """What waits for these people about the conversation tells `cause` before the rest, as if nothing of it had been
    seen, and from message `seq` on; a ring stays a ring.
    """
    waiting = Notice.objects.filter(
        conversation_id=conversation_id, user_id__in=user_ids, state=Notice.State.PENDING
    ).exclude(cause=Notice.Cause.OFFER)
    fields: dict[str, object] = {"cause": cause, "seen_at": None}
    if row is not None:
        fields["row"] = row
    if seq is not None:
        fields["first_seq"] = Least("first_seq", seq)
    waiting.update(**fields)
    tell_unread(user_ids)


def push_at(at: datetime, before: datetime | None) -> datetime:
    """What is seen at once does not push; of one conversation not more than one push in half a minute."""
    soon = at + PUSH_AFTER
    return soon if before is None else max(soon, before + PUSH_PAUSE)


def settle_notice(notice_id: int, recipient: str, now: datetime) -> None:
    """DUE: the unseen minute is over. Seen, no longer concerned, not wanted – or one mail with all unseen messages."""
    notice = (
        Notice.objects.select_for_update(of=("self",))
        .select_related(
            "conversation__head",
            "conversation__company",
            "conversation__customer",
            "conversation__visitor",
            "user",
            "customer",
            "visitor__customer",
        )
        .filter(pk=notice_id, state=Notice.State.PENDING)
        .first()
    )
    if notice is None:
        return
    person = recipient_of(notice)
    if waits_until := mail_waits(notice, person, now):
        notice.due_at = waits_until
        notice.save(update_fields=["due_at"])
        due.add("notice", subject_id=notice.pk, due_at=waits_until)
        return
    messages = unseen_messages(notice, person)
    reason = _reason_not_to_mail(notice, person, has_messages=bool(messages))
    if reason == "seen":
        _settle(notice, Notice.State.SEEN, now, seen=True)
    elif reason:
        _settle(notice, Notice.State.SUPPRESSED, now, reason=reason, seen=reason in {"offer_ended", "access_lost"})
    elif queue_notice(notice, person, messages, now=now):
        _settle(notice, Notice.State.EMAILED, now)
        if not notice.user_id:
            who = {"customer_id": notice.customer_id, "visitor_id": notice.visitor_id}
            mark_mailed(notice.conversation, seq=notice.last_seq, **who)
    else:
        _settle(notice, Notice.State.SUPPRESSED, now, reason="no_address")
    if notice.user_id and notice.seen_at:
        tell_unread([notice.user_id])


def _reason_not_to_mail(notice: Notice, person: Recipient, *, has_messages: bool) -> str:
    company = notice.conversation.company
    if company is not None and company.suspended_at is not None:
        return "suspended"
    if not still_entitled(notice, person):
        return "access_lost"
    if notice.cause == Notice.Cause.OFFER:
        offer = pending_offer(notice.conversation_id)
        assigned = notice.conversation.head.assignee_id == notice.user_id
        if not assigned and (offer is None or offer.user_id != notice.user_id):
            return "offer_ended"
    if not has_messages:
        return "seen"
    if not person.email:
        return "no_address"
    return "" if person.wants_email else "preference"


def _settle(notice: Notice, state: str, now: datetime, *, reason: str = "", seen: bool = False) -> None:
    notice.state, notice.reason, notice.settled_at = state, reason, now
    if seen:
        notice.seen_at = now
    notice.save(update_fields=["state", "reason", "settled_at", "seen_at"])


def cancel_seen(conversation_id: int, person: str, seq: int, *, now: datetime) -> None:
    """The person (“user:5”) has read up to `seq`: their notices up to there are seen, in every tab."""
    kind, _, pk = person.partition(":")
    unseen = Notice.objects.filter(
        conversation_id=conversation_id, last_seq__lte=seq, seen_at=None, **{f"{kind}_id": int(pk)}
    ).exclude(cause=Notice.Cause.OFFER, state=Notice.State.PENDING)
    mark_seen(unseen, now=now)


def mark_seen(notices: QuerySet[Notice], *, now: datetime) -> None:
    """These notices are done: pending ones become SEEN, the bubbles of their users go down."""
    rows = list(notices.select_for_update().order_by("id"))
    for notice in rows:
        if notice.state == Notice.State.PENDING:
            notice.state, notice.settled_at = Notice.State.SEEN, now
        notice.seen_at = now
    Notice.objects.bulk_update(rows, ["state", "settled_at", "seen_at"])
    tell_unread({notice.user_id for notice in rows if notice.user_id})


def suppress(notices: QuerySet[Notice], *, reason: str, now: datetime) -> None:
    """These people are no longer concerned: no mail, no bubble."""
    rows = list(notices.filter(seen_at=None).select_for_update().order_by("id"))
    for notice in rows:
        if notice.state == Notice.State.PENDING:
            notice.state, notice.reason, notice.settled_at = Notice.State.SUPPRESSED, reason, now
        notice.seen_at = now
    Notice.objects.bulk_update(rows, ["state", "reason", "settled_at", "seen_at"])
    tell_unread({notice.user_id for notice in rows if notice.user_id})


def hold_back(notices: QuerySet[Notice], *, reason: str, now: datetime) -> None:
    """Mails of these notices that wait for the mail server are not sent any more; pending notices are suppressed."""
    emailed = notices.filter(state=Notice.State.EMAILED).values_list("pk", flat=True)
    cancel([f"notice:{pk}" for pk in emailed.order_by("-pk")[:_HELD_BACK]], reason=reason)
    suppress(notices.filter(state=Notice.State.PENDING), reason="suspended", now=now)


def tell_unread(user_ids: Iterable[int]) -> None:
    """The unread number of these users and of their rows, to all their tabs."""
    ids = set(user_ids)
    unseen = unseen_of(ids)
    for user in User.objects.filter(id__in=ids).order_by("id"):
        data = {"unread": unseen[user.pk].total, "rows": unseen[user.pk].rows, "bell": unseen[user.pk].bell}
        publish(groups.member(user.public_id), "unread", data)


def alert(
    people: Iterable[Told], conversation: Conversation, *, who: str, text: str, cause: str, now: datetime
) -> None:
    """Bubble, sound and flashing tab for these users, as far as each wants them (N-53, N-54).

    Who is not to be disturbed gets the number alone; a request that rings is never weakened.
    """
    ways = {person.user_id: person.ways for person in people if person.in_app}
    unseen = unseen_of(ways)
    quiet = quiet_ends_of(ways, now) if ways and cause != Notice.Cause.OFFER else {}
    for user in User.objects.filter(id__in=ways).order_by("id"):
        loud = user.pk not in quiet
        data = {
            "c": str(conversation.public_id),
            "cause": cause,
            "who": who,
            "text": text,
            "unread": unseen[user.pk].total,
            "rows": unseen[user.pk].rows,
            "bell": unseen[user.pk].bell,
            "sound": loud and SOUND in ways[user.pk],
            "flash": loud and FLASH in ways[user.pk],
        }
        publish(groups.member(user.public_id), "alert", data)
