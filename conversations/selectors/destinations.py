"""Where a request can be moved: every inbox of the company, by itself or through one of its active channels."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from channels_app.models import Channel, Inbox
from companies.models import Membership


@dataclass(frozen=True)
class Destination:
    """An inbox and its active channels, by name."""

    inbox: Inbox
    channels: list[Channel]


def destinations_for(member: Membership) -> list[Destination]:
    """Every inbox of the member's company, whether they work in it or not: a request is given to whom it concerns."""
    channels: dict[int, list[Channel]] = {}
    active = Channel.objects.filter(inbox__company=member.company_id, state=Channel.State.ACTIVE)
    for channel in active.order_by("name", "id"):
        channels.setdefault(channel.inbox_id, []).append(channel)
    inboxes = Inbox.objects.filter(company=member.company_id).order_by("name", "id")
    return [Destination(inbox, channels.get(inbox.pk, [])) for inbox in inboxes]


def destination_of(member: Membership, public_id: UUID) -> tuple[Inbox, Channel | None]:
    """The inbox, or the channel with its inbox, that has this id; raises Inbox.DoesNotExist for foreign and missing."""
    rows = Channel.objects.filter(inbox__company=member.company_id, state=Channel.State.ACTIVE, public_id=public_id)
    channel = rows.select_related("inbox").first()
    if channel is not None:
        return channel.inbox, channel
    return Inbox.objects.get(company=member.company_id, public_id=public_id), None
