"""Mounts each app's urls under one prefix each."""

from __future__ import annotations

from django.urls import include, path

from memo import health, palette

urlpatterns = [
    path("up", health.up, name="up"),
    path("ready", health.ready, name="ready"),
    path("palette/", palette.palette, name="palette"),
    path("", include("conversations.urls")),
    path("settings/", include("channels_app.urls")),
    path("", include("companies.urls")),
    path("settings/", include("texts.urls")),
    path("", include("notifications.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("", include("ui.urls")),
    path("w/", include("widget.urls")),
]
