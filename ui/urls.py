"""Addresses of the product itself, mounted at the root."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from ui import views

urlpatterns = [
    path("offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("service-worker.js", views.service_worker, name="service_worker"),
    path("language/", set_language, name="set_language"),
]
