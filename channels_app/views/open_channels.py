"""The block of a company's page that lists its channels open to other companies (memo/wiring.py, COMPANY_PAGE)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.template.loader import render_to_string

from channels_app import hours
from channels_app.models import Channel
from channels_app.selectors import channels_for_others
from companies.models import Company


@dataclass(frozen=True)
class OpenChannel:
    """A channel and when it takes requests: `opens` None = it is open, or never opens again; `closes` only today's."""

    channel: Channel
    is_open: bool
    opens: datetime | None
    closes: datetime | None


def piece(request: HttpRequest, company: Company, now: datetime) -> str:
    """The block; "" for a company without such a channel."""
    zone = ZoneInfo(company.time_zone)
    rows = [_row(channel, zone, now) for channel in channels_for_others(company)]
    if not rows:
        return ""
    is_own = request.member.company_id == company.pk
    return render_to_string(
        "companies/_open_channels.html", {"company": company, "rows": rows, "is_own": is_own}, request
    )


def _row(channel: Channel, zone: ZoneInfo, now: datetime) -> OpenChannel:
    slots = [hours.Slot(slot.weekday, slot.opens, slot.closes) for slot in channel.hours.all()]
    holidays = {holiday.date for holiday in channel.holidays.all()}
    is_open = hours.is_open(slots, holidays, zone, now)
    opens = None if is_open else hours.next_opening(slots, holidays, zone, now)
    closes = hours.next_closing(slots, holidays, zone, now)
    # “Until 2:00” would be read as today's.
    soon = closes is not None and closes - now < timedelta(hours=18)
    return OpenChannel(channel, is_open, opens, closes if soon else None)
