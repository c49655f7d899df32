"""The settings pages of inboxes, channels and widgets: where they are, and everything that they can change."""

from __future__ import annotations

from django.urls import reverse

from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership, Widget

LISTS = ["settings_inboxes", "settings_channels", "settings_widgets", "settings_channel_new", "settings_widget_new"]


def as_(client, user):
    client.force_login(user)
    return client


def address(name: str, *args) -> str:
    return reverse(name, args=args)


def pages_of_support(cast) -> list[tuple[str, str]]:
    """(method, address) of everything about the inbox Support, its channel and its widget."""
    inbox, channel, key = cast.inbox.public_id, cast.support.public_id, cast.widget.public_key
    gets = [
        ("settings_inbox", inbox),
        ("settings_channel", channel),
        ("settings_widget", key),
        ("settings_widget_secret", key),
    ]
    verbs = ("pause", "resume", "delete")
    posts = [("settings_inbox", inbox), ("settings_inbox_role", inbox), ("settings_channel", channel)]
    posts += [(f"settings_channel_{verb}", channel) for verb in verbs]
    posts += [(f"settings_line_{verb}", channel) for verb in ("add", "remove", "move", "order")]
    posts += [(f"settings_holiday_{verb}", channel) for verb in ("add", "remove")]
    posts += [("settings_widget", key), ("settings_widget_secret_new", key), ("settings_widget_secret_drop", key)]
    return [("get", address(*g)) for g in gets] + [("post", address(*p)) for p in posts]


def state() -> list:
    """Everything that these pages can change, to show that nothing did."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Inbox, InboxMembership, Channel, ChannelMember, Widget)
    ]
