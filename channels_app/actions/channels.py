"""Channels: making, setting up, pausing and deleting them, and the line of members that they ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from channels_app import events
from channels_app.actions.inboxes import InboxRefused, create_inbox, let_in
from channels_app.models import Channel, ChannelMember, Inbox
from companies.models import Company, Membership
from companies.packages import require_room
from events.publish import unit


class ChannelRefused(Exception):
    """The change cannot be made; `code` is name_taken, in_use, last_of_widget, already_member or not_a_member."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ChannelSettings:
    """What a channel's form sets; `escalate_after_s` in seconds, 5 … 86,400, `max_rounds` 1 … 10."""

    name: str
    purpose: str = ""
    listed: bool = True
    ring_enabled: bool = True
    escalate_after_s: int = 120
    order: str = Channel.Order.ROTATION
    max_rounds: int = 3


def create_channel(
    company: Company, *, settings: ChannelSettings, inbox: Inbox | None, by: str, now: datetime
) -> Channel:
    """A channel of an inbox; without one, an inbox of the same name is made (model.md §1.4).

    Raises NoRoom and its kinds (M-27, M-32), ChannelRefused(name_taken).
    """
    with unit():
        company = require_room(company, "channels")
        if inbox is None:
            try:
                inbox = create_inbox(company, name=settings.name, by=by, now=now)
            except InboxRefused:
                raise ChannelRefused("name_taken") from None
        if inbox.company_id != company.pk:
            raise Inbox.DoesNotExist
        channel = Channel(company=company, inbox=inbox)
        _save(channel, settings)
        events.channel_changed(channel, "channel.created", by=by, now=now)
        return channel


def edit_channel(channel: Channel, *, settings: ChannelSettings, by: str, now: datetime) -> Channel:
    """A new escalation time counts from the next offer on (M-37). Raises ChannelRefused(name_taken)."""
    with unit():
        _save(channel, settings)
        events.channel_changed(channel, "channel.edited", by=by, now=now)
        return channel


def _save(channel: Channel, settings: ChannelSettings) -> None:
    for name, value in vars(settings).items():
        setattr(channel, name, value)
    try:
        with transaction.atomic():
            # Only what the form holds: a pause that came meanwhile stays.
            channel.save(update_fields=list(vars(settings)) if channel.pk else None)
    except IntegrityError:
        raise ChannelRefused("name_taken") from None


def pause_channel(channel: Channel, *, by: str, now: datetime) -> Channel:
    """Takes no new requests and rings nobody until it is resumed."""
    return _set_state(channel, Channel.State.PAUSED, "channel.paused", by, now)


def resume_channel(channel: Channel, *, by: str, now: datetime) -> Channel:
    """Takes requests again."""
    return _set_state(channel, Channel.State.ACTIVE, "channel.resumed", by, now)


def _set_state(channel: Channel, state: str, what: str, by: str, now: datetime) -> Channel:
    with unit():
        channel = _locked(channel)
        if channel.state != state:
            channel.state = state
            channel.save(update_fields=["state"])
            events.channel_changed(channel, what, by=by, now=now)
        return channel


def delete_channel(channel: Channel, *, by: str, now: datetime) -> None:
    """Only while nothing hangs on it. Raises ChannelRefused: in_use (it has conversations), last_of_widget."""
    with unit():
        channel = _locked(channel)
        for widget in channel.widgets.all():
            if not widget.channels.exclude(pk=channel.pk).exists():
                raise ChannelRefused("last_of_widget")
        number = channel.pk
        try:
            with transaction.atomic():
                channel.delete()
        except ProtectedError:
            raise ChannelRefused("in_use") from None
        channel.pk = number
        events.channel_changed(channel, "channel.deleted", by=by, now=now)


def add_member(channel: Channel, *, member: Membership, by: str, now: datetime) -> None:
    """At the end of the line (M-33, M-34); an active member of the company, let into the inbox when not yet there.

    Raises Membership.DoesNotExist (foreign or inactive), ChannelRefused(already_member).
    """
    if member.company_id != channel.company_id or member.state != Membership.State.ACTIVE:
        raise Membership.DoesNotExist
    with unit():
        channel = _locked(channel)
        line = _line(channel)
        if any(place.user_id == member.user_id for place in line):
            raise ChannelRefused("already_member")
        let_in(channel.inbox, member=member, by=by, now=now)
        last = line[-1].position if line else 0
        ChannelMember.objects.create(channel=channel, user_id=member.user_id, position=last + 1)
        events.channel_changed(channel, "channel.members", by=by, now=now)


def remove_member(channel: Channel, *, user_id: int, by: str, now: datetime) -> None:
    """Out of the line; the role in the inbox stays. Raises ChannelRefused(not_a_member)."""
    with unit():
        channel = _locked(channel)
        line = _line(channel)
        _renumber([place for place in line if place.user_id != user_id])
        found, _ = ChannelMember.objects.filter(channel=channel, user_id=user_id).delete()
        if not found:
            raise ChannelRefused("not_a_member")
        events.channel_changed(channel, "channel.members", by=by, now=now)


def move_member(channel: Channel, *, user_id: int, steps: int, by: str, now: datetime) -> None:
    """`steps` −1 = one place up, +1 = one place down; at the ends nothing happens. Raises ChannelRefused."""
    with unit():
        channel = _locked(channel)
        order = [place.user_id for place in _line(channel)]
        if user_id not in order:
            raise ChannelRefused("not_a_member")
        at = order.index(user_id)
        to = min(max(at + steps, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        order_members(channel, user_ids=order, by=by, now=now)


def order_members(channel: Channel, *, user_ids: Sequence[int], by: str, now: datetime) -> None:
    """The whole line in its new order. Raises ChannelRefused(not_a_member) unless it names each member once."""
    with unit():
        channel = _locked(channel)
        line = {place.user_id: place for place in _line(channel)}
        if sorted(user_ids) != sorted(line):
            raise ChannelRefused("not_a_member")
        if list(user_ids) != list(line):
            _renumber([line[user_id] for user_id in user_ids])
            events.channel_changed(channel, "channel.members", by=by, now=now)


def _locked(channel: Channel) -> Channel:
    return Channel.objects.select_for_update(of=("self",)).select_related("company", "inbox").get(pk=channel.pk)


def _line(channel: Channel) -> list[ChannelMember]:
    return list(ChannelMember.objects.filter(channel=channel).order_by("position", "id"))


def _renumber(line: Sequence[ChannelMember]) -> None:
    for position, place in enumerate(line, start=1):
        place.position = position
    ChannelMember.objects.bulk_update(line, ["position"])
