"""Direct conversations: add people, leave, archive for oneself, mute, block; who talks becomes a contact (M-28)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User
from companies.actions.members import bump_rights
from companies.models import ContactPerson, Membership
from companies.selectors import active_memberships
from conversations import events
from conversations.actions.locking import Conflict, NotAllowed, lock_head
from conversations.authors import Author
from conversations.models import Contact, Conversation, ConversationHead, Participant
from conversations.selectors.peers import block_between
from events import due
from events.publish import unit

MAX_PEOPLE = 30
LOCK_AFTER = timedelta(days=100)
Source = Contact.Source


def message_came(direct: Collection[int], *, fresh: Collection[int], now: datetime) -> None:
    """A message in these direct conversations, whose heads are locked: back in everybody's list; those whose first
    message it is (`fresh`) make their people contacts of each other.
    """
    away = Q(archived_at__isnull=False) | Q(snoozed_at__isnull=False)
    seats = Participant.objects.filter(away, conversation_id__in=direct)
    seats.update(archived_at=None, snoozed_at=None, snoozed_until=None)
    for conversation_id in fresh:
        people = _active(conversation_id)
        _acquaint([(one, two) for one in people for two in people if one != two], now)


def _active(conversation_id: int) -> list[int]:
    rows = Participant.objects.filter(conversation_id=conversation_id, user__isnull=False, left_at=None)
    return list(rows.order_by("id").values_list("user_id", flat=True))


def _acquaint(pairs: Sequence[tuple[int, int]], now: datetime) -> None:
    """Owner and target, user ids. Whom a company names in public came in through the directory."""
    users = {pk for pair in pairs for pk in pair}
    company = dict(active_memberships().filter(user_id__in=users).values_list("user_id", "company_id"))
    public = set(
        ContactPerson.objects.filter(user_id__in=users, company__listed=True).values_list("user_id", flat=True)
    )

    def source(owner: int, target: int) -> str:
        if company.get(owner) == company.get(target):
            return Source.COLLEAGUE
        return Source.DIRECTORY if target in public else Source.CONVERSATION

    rows = [Contact(owner_id=one, target_id=two, source=source(one, two), created_at=now) for one, two in pairs]
    Contact.objects.bulk_create(rows, ignore_conflicts=True)


def _lock_direct(conversation: Conversation) -> ConversationHead:
    head = lock_head(conversation.pk)
    if head.kind != Conversation.Kind.DIRECT:
        raise Conflict("not_direct")
    if head.status == head.Status.LOCKED:
        raise Conflict("locked")
    return head


def add_people(conversation: Conversation, *, people: Sequence[User], by: Membership, now: datetime) -> None:
    """These users take part from now on: they read what comes, not what stood there before.

    The people come from reachable_people(by, …), so they are no customers. Raises Conflict (not direct, locked, too
    many people), NotAllowed (somebody has blocked the one who adds).
    """
    with unit():
        head = _lock_direct(conversation)
        if (why := block_between(by.user_id, people)) and why.startswith("blocked:"):
            raise NotAllowed(why)
        here = _active(head.pk)
        new = [user for user in people if user.pk not in here]
        if len(here) + len(new) > MAX_PEOPLE:
            raise Conflict("too_many_people")
        Participant.objects.bulk_create(
            [
                Participant(
                    conversation_id=head.pk,
                    user=user,
                    side=Participant.Side.PEER,
                    following=True,
                    joined_at=now,
                    since_seq=head.last_seq,
                    last_read_seq=head.last_seq,
                )
                for user in new
            ],
            update_conflicts=True,
            unique_fields=["conversation", "user"],
            update_fields=["following", "joined_at", "left_at", "since_seq", "last_read_seq", "archived_at", "muted"],
        )
        if head.last_seq:
            _acquaint([pair for user in new for pk in here for pair in ((user.pk, pk), (pk, user.pk))], now)
        author = Author.of_user(by.user)
        for user in new:
            events.history("conversation.joined", head.conversation, by=author, now=now, user=user.pk)
        _tell(head)


def leave(conversation: Conversation, *, member: Membership, now: datetime) -> None:
    """The member goes, their open sockets too; the others stay. Two people archive instead. Raises Conflict."""
    user = member.user
    with unit():
        head = _lock_direct(conversation)
        here = _active(head.pk)
        if user.pk not in here:
            return
        if len(here) < 3:
            raise Conflict("two_people")
        Participant.objects.filter(conversation_id=head.pk, user=user).update(left_at=now, following=False)
        events.history("conversation.left", head.conversation, by=Author.of_user(user), now=now)
        events.row_gone(head.conversation, user)
        bump_rights(member)
        _settle_lock(head, now=now)
        _tell(head)


def archive(conversation: Conversation, *, user: User, now: datetime) -> None:
    """Out of the user's list into their archive; the others read a line. Raises Conflict (not direct, locked)."""
    with unit():
        head = _lock_direct(conversation)
        mine = Participant.objects.filter(conversation_id=head.pk, user=user, left_at=None, archived_at=None)
        if not mine.update(archived_at=now, snoozed_at=None, snoozed_until=None):
            return
        events.history("conversation.archived", head.conversation, by=Author.of_user(user), now=now)
        _settle_lock(head, now=now)
        _tell(head)


def unarchive(conversation: Conversation, *, user: User) -> None:
    """Back into the user's list. Raises Conflict (not direct, locked)."""
    with unit():
        head = _lock_direct(conversation)
        Participant.objects.filter(conversation_id=head.pk, user=user).update(archived_at=None)
        _tell(head)


def mute(conversation: Conversation, *, user: User, muted: bool) -> None:
    """No sound, bubble or mail from here on; counted all the same. Raises Conflict (not direct, locked)."""
    with unit():
        head = _lock_direct(conversation)
        Participant.objects.filter(conversation_id=head.pk, user=user).update(muted=muted)
        _tell(head)


def _tell(head: ConversationHead) -> None:
    events.row_changed(head.conversation, head)
    events.thread_changed(head.conversation)


def _everybody_archived(head: ConversationHead) -> bool:
    people = Participant.objects.filter(conversation_id=head.pk, left_at=None)
    return not people.filter(archived_at=None).exists()


def _settle_lock(head: ConversationHead, *, now: datetime) -> None:
    """All have put it away: final after 100 days in which nobody takes it out again."""
    if _everybody_archived(head):
        due.add("lock_direct", subject_id=head.pk, due_at=now + LOCK_AFTER)


def settle_lock(conversation_id: int, recipient: str, now: datetime) -> None:
    """DUE: 100 days in everybody's archive: locked, unless somebody wrote or took it out (model.md §4.1)."""
    head = lock_head(conversation_id)
    latest = Participant.objects.filter(conversation_id=head.pk, left_at=None, archived_at__gt=now - LOCK_AFTER)
    if head.status != head.Status.OPEN or latest.exists() or not _everybody_archived(head):
        return
    head.status, head.closed_at = head.Status.LOCKED, now
    head.save(update_fields=["status", "closed_at"])
    _tell(head)


def block(member: Membership, *, person: Membership, now: datetime) -> None:
    """Take no messages from somebody of another company where the two are alone. Raises NotAllowed (a colleague)."""
    if person.company_id == member.company_id:
        raise NotAllowed("colleague")
    with unit():
        Contact.objects.bulk_create(
            [
                Contact(
                    owner=member.user, target=person.user, source=Source.CONVERSATION, blocked_at=now, created_at=now
                )
            ],
            update_conflicts=True,
            unique_fields=["owner", "target"],
            update_fields=["blocked_at"],
        )


def unblock(member: Membership, *, person: Membership) -> None:
    """Take messages again."""
    Contact.objects.filter(owner=member.user, target=person.user).update(blocked_at=None)
