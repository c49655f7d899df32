"""The person behind a notice: address, language, wish – and whether they may still read what it tells of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from companies.models import Membership
from companies.selectors import active_memberships
from conversations.models import Message, Participant
from conversations.selectors.requests import asker_in, requester_seat
from conversations.selectors.visibility import conversations_for
from notifications.models import Notice, Preference
from notifications.policy import DEFAULT, EMAIL, MINE, ROWS
from notifications.selectors import preferences, wish_of


@dataclass(frozen=True)
class Recipient:
    """`key` as in reply addresses (“user:5”); `email` empty when none is known; `member` only for users."""

    key: str
    name: str
    email: str
    language: str
    wants_email: bool
    member: Membership | None = None


def recipient_of(notice: Notice) -> Recipient:
    """The person of a notice with what a mail needs."""
    if notice.user_id:
        user = notice.user
        wish = preferences([user.pk]).get(user.pk)
        member = active_memberships().filter(user=user, user__is_active=True).first()
        return Recipient(
            f"user:{user.pk}", user.full_name, user.email, user.language, _wants_mail(notice, wish), member
        )
    if notice.customer_id:
        customer = notice.customer
        return Recipient(f"customer:{customer.pk}", customer.name, customer.email, customer.language or "en", True)
    visitor = notice.visitor
    return Recipient(f"visitor:{visitor.pk}", visitor.label, visitor.answer_address, visitor.language, True)


def _wants_mail(notice: Notice, stored: Preference | None) -> bool:
    wish = wish_of(stored) if stored else DEFAULT
    return EMAIL in wish.of(notice.row if notice.row in ROWS else MINE)


def mail_waits(notice: Notice, person: Recipient, now: datetime) -> datetime | None:
    """The end of the quiet time that the mail waits for, if its user has chosen so; an offer would be over by then."""
    if person.member is None or notice.cause == Notice.Cause.OFFER:
        return None
    stored = preferences([notice.user_id]).get(notice.user_id)
    if stored is None or stored.quiet_mail != Preference.QuietMail.WAIT:
        return None
    return person.member.quiet_ends(now)


def working(user_ids: Collection[int]) -> set[int]:
    """Those of the users who are active members of a company; no query for nobody."""
    if not user_ids:
        return set()
    rows = active_memberships().filter(user_id__in=user_ids, user__is_active=True)
    return set(rows.values_list("user_id", flat=True))


def still_entitled(notice: Notice, person: Recipient) -> bool:
    """A user must still be able to open the conversation; for an outside person it must still be theirs."""
    if not notice.user_id:
        return requester_seat(notice.customer or notice.visitor, notice.conversation) is not None
    if person.member is None:
        return False
    if asker_in(notice.user_id, notice.conversation):
        return True
    return conversations_for(person.member).filter(pk=notice.conversation_id).exists()


def unseen_messages(notice: Notice, person: Recipient) -> list[Message]:
    """The messages of the notice that the person has not read, not their own; the conversation's kind is fixed.

    The query reads one conversation only, so nothing internal can slip into a customer's mail.
    """
    kind, pk = _reader(notice, person.key)
    read = _read_up_to(notice, kind, pk)
    messages = (
        Message.objects.filter(
            conversation_id=notice.conversation_id,
            seq__gte=notice.first_seq,
            seq__lte=notice.last_seq,
            seq__gt=read,
            deleted_at=None,
        )
        .exclude(author_kind="system")
        .exclude(**{f"{kind}_id": pk})
        .select_related("user", "customer", "visitor__customer", "conversation", "quote__quoted__conversation")
        .prefetch_related("attachments")
        .order_by("seq")
    )
    if kind == "customer":  # in the chat the same person writes as a visitor
        messages = messages.exclude(visitor__customer_id=pk, visitor__verified=True)
    if notice.user_id and kind == "user":
        messages = messages.filter(is_automatic=False)
    return list(messages)


def has_read(notice: Notice) -> bool:
    """Whether its user has read the message that it tells of, on any device."""
    if notice.cause not in {Notice.Cause.MESSAGE, Notice.Cause.MENTION}:
        return False
    kind, pk = _reader(notice, notice.person_key)
    return _read_up_to(notice, kind, pk) >= notice.last_seq


def _reader(notice: Notice, key: str) -> tuple[str, int]:
    """As whom the person reads the conversation: a user who asks reads and writes as the customer."""
    kind, _, pk = key.partition(":")
    if asker := asker_in(notice.user_id, notice.conversation):
        return "customer", asker.customer.pk
    return kind, int(pk)


def _read_up_to(notice: Notice, kind: str, pk: int) -> int:
    marks = Participant.objects.filter(conversation_id=notice.conversation_id, **{f"{kind}_id": pk})
    return marks.values_list("last_read_seq", flat=True).first() or 0
