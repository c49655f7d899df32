"""Direct conversations as each of their people sees them: by the names of the others, from where they joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from companies.models import Membership
from companies.selectors import active_memberships
from conversations.authors import Author
from conversations.models import Contact, Conversation, Participant


@dataclass(frozen=True)
class Peer:
    """Somebody in a direct conversation, with the name of the company they work in ("" for none), and their seat:
    put away, told silently, snoozed ("" no, “answer”, or the moment), and the seq after which they take part.
    """

    user: User
    company: str
    company_id: int | None = None
    archived: bool = False
    muted: bool = False
    since_seq: int = 0
    snoozed: str = ""


def snooze_word(at: datetime | None, until: datetime | None) -> str:
    """ "" when it is not snoozed, “answer” until the other side answers, else the moment (ISO)."""
    if at is None:
        return ""
    return until.isoformat() if until else "answer"


def people_of(conversation_ids: Iterable[int]) -> dict[int, list[Peer]]:
    """conversation id → its people, in the order in which they joined; two queries however many."""
    rows = list(
        Participant.objects.filter(conversation_id__in=list(conversation_ids), user__isnull=False, left_at=None)
        .select_related("user")
        .order_by("id")
    )
    companies = {
        user_id: (name, pk)
        for user_id, name, pk in active_memberships()
        .filter(user_id__in={row.user_id for row in rows})
        .values_list("user_id", "company__name", "company_id")
    }
    found: dict[int, list[Peer]] = defaultdict(list)
    for row in rows:
        company, company_id = companies.get(row.user_id, ("", None))
        snoozed = snooze_word(row.snoozed_at, row.snoozed_until)
        seat = (row.archived_at is not None, row.muted, row.since_seq, snoozed)
        found[row.conversation_id].append(Peer(row.user, company, company_id, *seat))
    return dict(found)


def others(people: Iterable[Peer], viewer_id: int) -> list[Peer]:
    """Everybody but the viewer; somebody alone sees themselves."""
    people = list(people)
    return [peer for peer in people if peer.user.pk != viewer_id] or people


def seat_of(people: Iterable[Peer], viewer_id: int) -> Peer | None:
    """The viewer's own place."""
    return next((peer for peer in people if peer.user.pk == viewer_id), None)


def speaker(member: Membership, conversation: Conversation) -> Author:
    """The member as author: with the company's name where people of several companies talk directly (M-29)."""
    if conversation.kind != Conversation.Kind.DIRECT:
        return Author.of_user(member.user)
    companies = {peer.company_id for peer in people_of([conversation.pk]).get(conversation.pk, [])}
    return Author.of_user(member.user, member.company.name if len(companies) > 1 else "")


def beginning_for(member: Membership, conversation: Conversation) -> tuple[int, datetime | None]:
    """What the member may read of a direct conversation: messages after this seq, lines from this moment on.

    (0, None) for who was there from the start, and for every other kind of conversation.
    """
    if conversation.kind != Conversation.Kind.DIRECT:
        return 0, None
    rows = Participant.objects.filter(conversation=conversation, user=member.user, since_seq__gt=0)
    return rows.values_list("since_seq", "joined_at").first() or (0, None)


def joined_later(conversation_id: int, seq: int) -> bool:
    """Whether one of those who read the conversation joined after this message: not a word of it reaches them."""
    return Participant.objects.filter(conversation_id=conversation_id, left_at=None, since_seq__gte=seq).exists()


def why_silent(conversation_id: int, user_id: int) -> str:
    """Why this person's message is not taken in a direct conversation: left, blocked:Name, blocking:Name; "" if it is.

    Somebody of another company is blocked where the two are alone; what more people share goes on.
    """
    rows = Participant.objects.filter(conversation_id=conversation_id, user__isnull=False, left_at=None)
    people = {row.user_id: row.user for row in rows.select_related("user")}
    if user_id not in people:
        return "left"
    if len(people) != 2:
        return ""
    other = next(user for pk, user in people.items() if pk != user_id)
    return block_between(user_id, [other])


def block_between(user_id: int, people: Sequence[User]) -> str:
    """blocked:Name when one of them has blocked the user, blocking:Name when the user has blocked one; else ""."""
    names = {user.pk: user.full_name for user in people}
    blocks = Contact.objects.filter(blocked_at__isnull=False)
    blocking = blocks.filter(owner_id=user_id, target_id__in=names).values_list("target_id", flat=True).first()
    if blocking:
        return f"blocking:{names[blocking]}"
    blocker = blocks.filter(owner_id__in=names, target_id=user_id).values_list("owner_id", flat=True).first()
    return f"blocked:{names[blocker]}" if blocker else ""


def directs_only_among(user_ids: Collection[int]) -> QuerySet[Conversation]:
    """Direct conversations in which nobody but these users takes or took part."""
    others = Participant.objects.filter(conversation=OuterRef("pk")).exclude(user__in=user_ids)
    theirs = Participant.objects.filter(conversation=OuterRef("pk"), user__in=user_ids)
    return Conversation.objects.filter(Exists(theirs), ~Exists(others), kind=Conversation.Kind.DIRECT)
