"""Directory of companies, settings overview, own profile and availability; mounted at the root."""

from __future__ import annotations

from django.urls import path

from companies.views import directory, profile, settings

urlpatterns = [
    path("companies/", directory.directory, name="directory"),
    path("companies/<slug:slug>/", directory.company, name="company"),
    path("settings/", settings.overview, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/picture/", profile.upload_picture, name="profile_picture"),
    path("settings/profile/picture/remove/", profile.delete_picture, name="profile_picture_remove"),
    path("me/availability/", profile.availability, name="availability"),
]
