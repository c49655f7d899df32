"""Inboxes, ring groups, widget settings."""

from channels_app.models.channel import Channel, ChannelMember, Holiday, OpeningHours
from channels_app.models.inbox import Inbox, InboxMembership
from channels_app.models.widget import Widget

__all__ = ["Channel", "ChannelMember", "Holiday", "Inbox", "InboxMembership", "OpeningHours", "Widget"]
