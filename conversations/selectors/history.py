"""What happened beside the messages, as lines of a thread: rung, accepted, assigned, closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels_app.models import Channel, Inbox
from channels_app.selectors import users_by_id
from conversations.models import Conversation, Offer
from conversations.selectors.offers import ring_log
from customers.models import Customer
from events.models import Event
from events.prepared import Prepared

_KINDS = (
    "conversation.assigned",
    "conversation.unassigned",
    "conversation.unclaimed",
    "conversation.closed",
    "conversation.reopened",
    "conversation.archived",
    "conversation.joined",
    "conversation.left",
    "conversation.removed",
    "conversation.guest_joined",
    "conversation.guest_left",
    "conversation.snoozed",
    "conversation.woken",
    "conversation.moved",
    "conversation.merged",
    "conversation.unmerged",
)
_ONE_S_OWN = {"conversation.snoozed", "conversation.woken"}  # in a direct conversation: nobody else's business
_SHOWN_OFFERS = {Offer.State.ACCEPTED, Offer.State.DECLINED, Offer.State.TIMED_OUT}
_AT_MOST = 500
UNDO_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """`kind` started, accepted, declined, timed_out, assigned, taken, released, unassigned, mode, unclaimed, closed,
    reopened, archived, joined, left, removed, guest_joined, guest_left, snoozed, woken, moved, merged, unmerged.

    `who` did it (`by`: the user's id), `whom` it concerns (moved: where to); `seconds` the holder took to accept;
    `after` the channel of a start, why nobody has it (ring, nobody, paused), why it woke (time, message, hand), the
    other conversation's public id; `until` the end of a snooze, or till when it can be undone; `number` of the other
    conversation, `count` of its lines.
    """

    id: str
    kind: str
    at: datetime
    who: str = ""
    whom: str = ""
    seconds: int = 0
    after: str = ""
    by: int | None = None
    until: datetime | None = None
    number: int = 0
    count: int = 0


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
    if conversation.kind == Conversation.Kind.INTERNAL and not conversation.discussion:
        return []
    if conversation.kind != Conversation.Kind.CUSTOMER:
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
    kinds = [kind for kind in _KINDS if conversation.kind != Conversation.Kind.DIRECT or kind not in _ONE_S_OWN]
    events = _EVENTS.rows(kinds, conversation.pk)
    people = users_by_id(_user_ids(events))
    names = {pk: user.full_name for pk, user in people.items()}
    names |= _names_beside(events)
    lines = (_of_event(event, names, conversation, accepted_at) for event in events)
    return _without_undone([line for line in lines if line is not None])


_EVENTS = Prepared(lambda kinds, pk: Event.objects.filter(kind__any=kinds, subject_id=pk).order_by("-id")[:_AT_MOST])


def _without_undone(lines: list[Line]) -> list[Line]:
    """Newest first to oldest first; a line of what was joined and taken apart again holds nothing any more."""
    known: set[str] = set()
    return [_as_it_is_now(line, known) for line in lines][::-1]


def _as_it_is_now(line: Line, known: set[str]) -> Line:
    """`known`: the other conversations of newer lines."""
    if line.kind not in {"merged", "unmerged"}:
        return line
    is_newest = line.after not in known
    known.add(line.after)
    if line.kind == "unmerged":
        return line
    return replace(line, until=line.at + UNDO_WITHIN) if is_newest else replace(line, count=0)


def _user_ids(events: list[Event]) -> set[int]:
    ids = {event.data.get(key) for event in events for key in ("assignee", "before", "user")}
    ids |= {_by_user(event) for event in events}
    return {pk for pk in ids if pk}


def _by_user(event: Event) -> int | None:
    kind, _, pk = event.by.partition(":")
    return int(pk) if kind == "user" and pk.isdigit() else None


def _names_beside(events: list[Event]) -> dict[str, str]:
    """“customer:5”, “inbox:5”, “channel:5” → names; a query only for what occurs."""
    names: dict[str, str] = {}
    for key, model in (("customer", Customer), ("inbox", Inbox), ("channel", Channel)):
        ids = {event.data[key] for event in events if event.data.get(key)}
        rows = model.objects.in_bulk(ids) if ids else {}
        names |= {f"{key}:{pk}": row.name for pk, row in rows.items()}
    return names


def _of_event(event: Event, names: dict, conversation: Conversation, accepted_at: set[datetime]) -> Line | None:
    by = _by_user(event)
    who = names.get(by, "") if by else "" if event.by == "system" else conversation.requester_label
    kind = event.kind.removeprefix("conversation.")
    line = Line(f"event-{event.pk}", kind, event.at, who=who, by=by)
    if kind == "assigned" and event.at in accepted_at:  # the line of the offer says it
        return None
    if kind == "unclaimed" and event.data["after"] not in {"ring", "nobody", "paused"}:
        return None
    return replace(line, **_said(kind, event.data, names, by))


def _said(kind: str, data: dict, names: dict, by: int | None) -> dict:
    """What a line says beyond who did it."""
    if kind == "assigned":
        kind = "taken" if data["assignee"] == by else "assigned"
        return {"kind": kind, "whom": names.get(data["assignee"], "")}
    if kind == "unassigned":
        whom, mode = names.get(data["before"], ""), data.get("after") == "mode"
        return {"kind": "mode" if mode else "released" if data["before"] == by else "unassigned", "whom": whom}
    if kind in {"unclaimed", "woken"}:
        return {"after": data["after"]}
    if kind in {"joined", "removed"}:
        return {"whom": names.get(data["user"], "")}
    if kind in {"guest_joined", "guest_left"}:
        return {"whom": names.get(f"customer:{data['customer']}", "")}
    if kind == "snoozed":
        return {"until": datetime.fromisoformat(data["until"]) if data["until"] else None}
    if kind == "moved":
        places = (names.get(f"inbox:{data['inbox']}", ""), names.get(f"channel:{data['channel']}", ""))
        return {"whom": " · ".join(dict.fromkeys(place for place in places if place))}
    if kind in {"merged", "unmerged"}:
        return {"after": data["source"], "number": data["number"], "count": data.get("count", 0)}
    return {}
