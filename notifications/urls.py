"""Own notification preferences; mounted below settings/."""

from __future__ import annotations

from django.urls import path

from notifications import views

urlpatterns = [path("notifications/", views.preferences, name="notifications")]
