"""Pictures of people and the appearance they chose, mounted at the root."""

from __future__ import annotations

from django.urls import path

from accounts import views

urlpatterns = [
    path("pictures/<uuid:public_id>/", views.picture, name="picture"),
    path("me/theme/", views.theme, name="theme"),
    path("me/browsers/sign-out/", views.sign_out_browser, name="sign_out_browser"),
]
