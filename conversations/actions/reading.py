"""Seen: how far a person has read, told to the others."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from companies.models import Membership
from conversations.authors import Author
from conversations.events import thread_changed
from conversations.models import Conversation, Participant
from conversations.selectors.requests import Asker
from conversations.selectors.visibility import Viewer
from customers.models import Customer, Visitor
from events import groups
from events.publish import publish, unit
from events.record import record


def mark_seen(conversation: Conversation, *, viewer: Viewer | Asker, seq: int, now: datetime) -> int:
    """Move the read mark forward to `seq` (never back, never past the newest message); returns where it stands.

    The conversation comes from conversation_for(viewer, …) or request_for(). Only a page that was visible and focused
    for a second calls this (model.md §4.3).
    """
    viewer = _reader(viewer, conversation)
    person = _person(viewer)
    side = Participant.Side.TEAM if "user" in person else Participant.Side.REQUESTER
    if conversation.kind == Conversation.Kind.DIRECT:
        side = Participant.Side.PEER
    seq = max(0, min(seq, conversation.head.last_seq))
    with unit():
        mark, _ = Participant.objects.get_or_create(conversation=conversation, **person, defaults={"side": side})
        moved = Participant.objects.filter(pk=mark.pk, last_read_seq__lt=seq).update(last_read_seq=seq, read_at=now)
        if not moved:
            if isinstance(viewer, Membership):  # looked at again: what called without a new message is seen
                _record(conversation, _author(viewer).key, _author(viewer).key, mark.last_read_seq, now)
            return max(seq, mark.last_read_seq)
        _tell(conversation, viewer, seq, now)
        return seq


def _reader(viewer: Viewer | Asker, conversation: Conversation) -> Viewer | Asker:
    """Who reads in another browser than the one that began it reads as the customer whom notices are for."""
    if isinstance(viewer, Visitor) and conversation.visitor_id != viewer.pk and viewer.verified and viewer.customer:
        return Asker(viewer.customer)
    return viewer


def mark_unread(conversation: Conversation, *, member: Membership, seq: int, now: datetime) -> bool:
    """Everything from `seq` on is new again for this member alone; nobody else hears of it. Whether that changed much.

    The conversation comes from conversation_for(member, …). Notices follow from the event: no sound, no mail.
    """
    newest = conversation.head.last_seq
    seq = max(1, min(seq, newest))
    if not newest:
        return False
    peer = conversation.kind == Conversation.Kind.DIRECT
    side = Participant.Side.PEER if peer else Participant.Side.TEAM
    with unit():
        mark, made = Participant.objects.get_or_create(
            conversation=conversation, user=member.user, defaults={"side": side}
        )
        back = Participant.objects.filter(pk=mark.pk, last_read_seq__gte=seq).update(
            last_read_seq=seq - 1, read_at=None
        )
        if not back and not made:
            return False
        record(
            "conversation.unread",
            subject_id=conversation.pk,
            company_id=conversation.company_id,
            by=f"user:{member.user_id}",
            now=now,
            seq=seq,
            newest=newest,
        )
        return True


def _person(viewer: Viewer | Asker) -> dict[str, User | Visitor | Customer]:
    if isinstance(viewer, Membership):
        return {"user": viewer.user}
    return {"customer": viewer.customer} if isinstance(viewer, Asker) else {"visitor": viewer}


def _author(viewer: Viewer | Asker) -> Author:
    if isinstance(viewer, Membership):
        return Author.of_user(viewer.user)
    return Author.of_customer(viewer.customer) if isinstance(viewer, Asker) else Author.of_visitor(viewer)


def _tell(conversation: Conversation, viewer: Viewer | Asker, seq: int, now: datetime) -> None:
    author = _author(viewer)
    who = {"kind": author.kind, "id": author.public_id, "name": author.name}
    data = {"c": str(conversation.public_id), "who": who, "seq": seq}
    publish(groups.conversation_team(conversation.public_id), "seen", data)
    if conversation.kind == Conversation.Kind.CUSTOMER:
        publish(groups.conversation_requester(conversation.public_id), "seen", data)
    # A user who asks is told as a user: their notices are seen by it, too.
    keys = [author.key, f"user:{viewer.customer.user_id}"] if isinstance(viewer, Asker) else [author.key]
    for key in keys:
        _record(conversation, author.key, key, seq, now)


def _record(conversation: Conversation, by: str, who: str, seq: int, now: datetime) -> None:
    record(
        "conversation.seen",
        subject_id=conversation.pk,
        company_id=conversation.company_id,
        by=by,
        now=now,
        seq=seq,
        who=who,
    )


def mark_mailed(
    conversation: Conversation, *, customer_id: int | None = None, visitor_id: int | None = None, seq: int
) -> None:
    """Up to this line the messages went to the outside person by mail; the team's threads say so under the answer."""
    rows = Participant.objects.filter(conversation=conversation, mailed_seq__lt=seq)
    who = {"customer_id": customer_id} if customer_id else {"visitor_id": visitor_id}
    with unit():
        if rows.filter(**who).update(mailed_seq=seq):
            thread_changed(conversation)
