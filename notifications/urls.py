"""Notifications: preferences, the centre, push; mounted at the root."""

from __future__ import annotations

from django.urls import path

from notifications.views import centre, preferences, push

urlpatterns = [
    path("notifications/", centre.centre, name="centre"),
    path("notifications/read/", centre.read_all, name="centre_read"),
    path("notifications/read/<uuid:public_id>/", centre.read_one, name="centre_read_one"),
    path("settings/notifications/", preferences.preferences, name="notifications"),
    path("settings/notifications/push/", push.add, name="push_add"),
    path("settings/notifications/push/<uuid:public_id>/remove/", push.remove, name="push_remove"),
    path("settings/people/<uuid:public_id>/notifications/", preferences.of_person, name="person_notifications"),
    path("settings/people/<uuid:public_id>/told/", preferences.told, name="person_told"),
]
