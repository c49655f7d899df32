"""Widgets: making and setting them up, and the secret of signed identities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels_app import events
from channels_app.models import Channel, Widget
from channels_app.models.widget import new_widget_secret
from channels_app.origins import normalise_all
from companies.models import Company
from events.publish import unit

COLOURS = ("pine", "ink", "ocean", "violet", "berry", "amber")
MAX_ORIGINS = 50


class WidgetRefused(Exception):
    """The change cannot be made; `code` is no_channel or too_many_origins."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class WidgetSettings:
    """What a widget's form sets; `origins` as typed, one each."""

    name: str
    origins: Sequence[str] = field(default=())
    colour: str = "pine"
    greeting: str = ""
    ask_identity: str = Widget.AskIdentity.OPTIONAL
    verified_only: bool = False
    store_page_url: bool = True
    share_page: bool = False
    share_typing: bool = False
    active: bool = True


def create_widget(
    company: Company, *, settings: WidgetSettings, channels: Sequence[Channel], by: str, now: datetime
) -> Widget:
    """A widget with its own key. Raises WidgetRefused, BadOrigin, Channel.DoesNotExist (a foreign channel)."""
    with unit():
        widget = Widget(company=company)
        _save(widget, settings, channels)
        events.widget_changed(widget, "widget.created", by=by, now=now)
        return widget


def edit_widget(
    widget: Widget, *, settings: WidgetSettings, channels: Sequence[Channel], by: str, now: datetime
) -> Widget:
    """Raises WidgetRefused, BadOrigin, Channel.DoesNotExist (a foreign channel)."""
    with unit():
        _save(widget, settings, channels)
        events.widget_changed(widget, "widget.edited", by=by, now=now)
        return widget


def _save(widget: Widget, settings: WidgetSettings, channels: Sequence[Channel]) -> None:
    if not channels:
        raise WidgetRefused("no_channel")
    if any(channel.company_id != widget.company_id for channel in channels):
        raise Channel.DoesNotExist
    origins = normalise_all(list(settings.origins))
    if len(origins) > MAX_ORIGINS:
        raise WidgetRefused("too_many_origins")
    widget.name, widget.allowed_origins = settings.name, origins
    widget.colour, widget.greeting = settings.colour, settings.greeting
    widget.ask_identity, widget.verified_only = settings.ask_identity, settings.verified_only
    widget.store_page_url, widget.active = settings.store_page_url, settings.active
    widget.share_page, widget.share_typing = settings.share_page, settings.share_typing
    widget.save()
    widget.channels.set(channels)


def rotate_secret(widget: Widget, *, by: str, now: datetime) -> Widget:
    """A new secret for signed identities; the one before is accepted until the next rotation."""
    with unit():
        widget = Widget.objects.select_for_update(of=("self",)).select_related("company").get(pk=widget.pk)
        widget.previous_identity_secret = widget.identity_secret
        widget.identity_secret = new_widget_secret()
        widget.save(update_fields=["identity_secret", "previous_identity_secret"])
        events.widget_changed(widget, "widget.secret", by=by, now=now)
        return widget


def drop_previous_secret(widget: Widget, *, by: str, now: datetime) -> Widget:
    """Everybody signs with the new secret: the one before stops working."""
    with unit():
        widget = Widget.objects.select_for_update(of=("self",)).select_related("company").get(pk=widget.pk)
        if widget.previous_identity_secret:
            widget.previous_identity_secret = ""
            widget.save(update_fields=["previous_identity_secret"])
            events.widget_changed(widget, "widget.secret", by=by, now=now)
        return widget
