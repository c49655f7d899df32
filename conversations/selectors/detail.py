"""What stands beside a thread: the order of ringing, who takes part, earlier requests of the same person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from accounts.models import User
from channels_app.models import Channel
from channels_app.rotation import next_in_line
from channels_app.selectors import line_of, team_of_inbox, users_by_id
from companies.models import Membership
from companies.selectors import colleagues
from conversations.models import Conversation, Offer, Participant
from conversations.selectors.scope import SUBJECT, Standpoint, Statement, compiled, keys_of
from conversations.selectors.visibility import conversations_for
from events import presence
from events.prepared import Prepared

_EARLIER = 6


@dataclass(frozen=True)
class Turn:
    """A place in the order of ringing; the first one rings now, until `expires_at`."""

    user: User
    online: bool
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Colleague:
    """Somebody a request can be given to."""

    member: Membership
    online: bool

    @property
    def presence(self) -> str:
        """The dot of the avatar: on, away, a moon, or none."""
        if not self.member.available:
            return "away"
        if self.member.is_quiet:
            return "moon"
        return "on" if self.online else ""


def ring_order(conversation: Conversation, offer: Offer | None) -> list[Turn]:
    """Whose turn it is and who comes after, as it stands now; each member once."""
    channel = conversation.channel
    if offer is None or channel is None:
        return []
    line = line_of(channel)
    tried = list(
        Offer.objects.filter(conversation=conversation, ring=offer.ring).order_by("id").values_list("user_id", "round")
    )
    order: list[int] = []
    while len(order) < len(line):
        turn = next_in_line(
            line, tried=tried, max_rounds=channel.max_rounds, fixed=channel.order == Channel.Order.FIXED
        )
        if turn is None or turn.user_id in order or turn.user_id == offer.user_id:
            break
        order.append(turn.user_id)
        tried.append((turn.user_id, turn.round))
    online = {place.user_id for place in line if place.online}
    users = users_by_id(order)
    first = Turn(offer.user, offer.user_id in online, offer.expires_at)
    return [first, *(Turn(users[pk], pk in online) for pk in order if pk in users)]


def followers_of(conversation: Conversation, side: Conversation | None) -> list[User]:
    """Users who take part in the request or its side conversation, each once, by name."""
    rows = following_in([one.pk for one in (conversation, side) if one is not None])
    users = {row.user_id: row.user for row in rows}
    return sorted(users.values(), key=lambda user: user.full_name.casefold())


def following_in(conversation_ids: Collection[int]) -> list[Participant]:
    """The seats of the users who follow these conversations, each with its user, in the order in which they came."""
    return _FOLLOWING.rows(conversation_ids)


_FOLLOWING = Prepared(
    lambda ids: (
        Participant.objects.select_related("user")
        .filter(conversation_id__any=ids, user__isnull=False, following=True, left_at=None)
        .order_by("pk")
    )
)


def members_among(member: Membership, users: Iterable[User]) -> list[Membership]:
    """Those of the users who are colleagues of the member, by name."""
    return list(colleagues(member).filter(user__in=[user.pk for user in users]))


def invitable(member: Membership, query: str, without: Iterable[User], most: int = 50) -> list[Membership]:
    """Licensed colleagues who could take part, by name; each word of `query` is in the name."""
    rows = colleagues(member, query).filter(engagement_licence=True)
    rows = rows.exclude(user__in=[user.pk for user in without])
    return list(rows.order_by("user__first_name", "user__last_name", "id")[:most])


@dataclass(frozen=True)
class Earlier:
    """Another request of the same person."""

    public_id: UUID
    subject: str
    last_activity: datetime


def earlier_of(member: Membership, conversation: Conversation) -> list[Earlier]:
    """Other requests of the same person that the member may open, latest first."""
    person = "customer_id" if conversation.customer_id else "visitor_id"
    if (key := getattr(conversation, person)) is None:
        return []
    rows = _earlier(Standpoint.of(member), person).rows(keys_of(member) | {SUBJECT: key})
    found = [Earlier(*row) for row in rows if row[0] != conversation.public_id]
    return found[:_EARLIER]


@cache
def _earlier(standpoint: Standpoint, person: str) -> Statement:
    rows = conversations_for(standpoint.stand_in()).select_related(None)
    rows = rows.filter(kind=Conversation.Kind.CUSTOMER, head__message_count__gt=0, **{person: SUBJECT})
    facts = rows.order_by("-head__last_activity").values_list("public_id", "subject", "head__last_activity")
    return compiled(facts[: _EARLIER + 1])


def colleagues_for(conversation: Conversation) -> list[Colleague]:
    """Everybody who works in the conversation's inbox, with presence: whom a manager may give it to."""
    people = team_of_inbox(conversation.head.inbox) if conversation.head.inbox else []
    online = presence.online(person.user_id for person in people)
    return [Colleague(person, person.user_id in online) for person in people]
