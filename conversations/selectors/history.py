"""What happened beside the messages, as lines of a thread: rung, accepted, assigned, closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from channels_app.selectors import users_by_id
from conversations.models import Conversation, Offer
from conversations.selectors.offers import ring_log
from events.models import Event

_KINDS = (
    "conversation.assigned",
    "conversation.unassigned",
    "conversation.unclaimed",
    "conversation.closed",
    "conversation.reopened",
    "conversation.archived",
    "conversation.joined",
    "conversation.left",
)
_SHOWN_OFFERS = {Offer.State.ACCEPTED, Offer.State.DECLINED, Offer.State.TIMED_OUT}
_AT_MOST = 500


@dataclass(frozen=True)
class Line:
    """`kind` started, accepted, declined, timed_out, assigned, taken, released, unassigned, unclaimed, closed,
    reopened, archived, joined, left. `who` did it (`by`: the user's id),
    `whom` it concerns; `seconds` the holder took to accept; `after` the channel of a start, or
    why nobody has it (ring, nobody, paused).
    """

    id: str
    kind: str
    at: datetime
    who: str = ""
    whom: str = ""
    seconds: int = 0
    after: str = ""
    by: int | None = None


def lines_of(
    conversation: Conversation,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    offers: list[Offer] | None = None,
) -> list[Line]:
    """The lines of a request or a direct conversation from `since` (included) to `until` (not included), by time.

    `offers`: its ring_log(), where the caller has it already.
    """
    if conversation.kind == Conversation.Kind.INTERNAL:
        return []
    if conversation.kind == Conversation.Kind.DIRECT:
        return _between(_of_events(conversation, set()), since, until)
    offers = ring_log(conversation) if offers is None else offers
    channel = conversation.channel.name if conversation.channel else ""
    lines = [Line("started", "started", conversation.created_at, after=channel)]
    lines += [_of_offer(offer) for offer in offers if offer.state in _SHOWN_OFFERS]
    lines += _of_events(conversation, {offer.ended_at for offer in offers if offer.state == Offer.State.ACCEPTED})
    return _between(lines, since, until)


def _between(lines: Iterable[Line], since: datetime | None, until: datetime | None) -> list[Line]:
    wanted = [line for line in lines if (since is None or line.at >= since) and (until is None or line.at < until)]
    return sorted(wanted, key=lambda line: line.at)


def _of_offer(offer: Offer) -> Line:
    seconds = round((offer.ended_at - offer.offered_at).total_seconds())
    return Line(f"offer-{offer.pk}", offer.state, offer.ended_at, who=offer.user.full_name, seconds=seconds)


def _of_events(conversation: Conversation, accepted_at: set[datetime]) -> list[Line]:
    events = list(Event.objects.filter(kind__in=_KINDS, subject_id=conversation.pk).order_by("-id")[:_AT_MOST])
    people = users_by_id(_user_ids(events))
    names = {pk: user.full_name for pk, user in people.items()}
    lines = (_of_event(event, names, conversation, accepted_at) for event in events)
    return [line for line in lines if line is not None]


def _user_ids(events: list[Event]) -> set[int]:
    ids = {event.data.get(key) for event in events for key in ("assignee", "before", "user")}
    ids |= {_by_user(event) for event in events}
    return {pk for pk in ids if pk}


def _by_user(event: Event) -> int | None:
    kind, _, pk = event.by.partition(":")
    return int(pk) if kind == "user" and pk.isdigit() else None


def _of_event(
    event: Event, names: dict[int, str], conversation: Conversation, accepted_at: set[datetime]
) -> Line | None:
    by = _by_user(event)
    who = names.get(by, "") if by else "" if event.by == "system" else conversation.requester_label
    kind = event.kind.removeprefix("conversation.")
    whom = after = ""
    if kind == "assigned":
        if event.at in accepted_at:  # the line of the offer says it
            return None
        kind = "taken" if event.data["assignee"] == by else "assigned"
        whom = names.get(event.data["assignee"], "")
    elif kind == "unassigned":
        kind = "released" if event.data["before"] == by else "unassigned"
        whom = names.get(event.data["before"], "")
    elif kind == "unclaimed":
        after = event.data["after"]
        if after not in {"ring", "nobody", "paused"}:
            return None
    elif kind == "joined":
        whom = names.get(event.data["user"], "")
    return Line(f"event-{event.pk}", kind, event.at, who=who, whom=whom, after=after, by=by)
