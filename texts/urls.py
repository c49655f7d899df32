"""The company's variables; mounted below settings/."""

from __future__ import annotations

from django.urls import path

from texts import views

urlpatterns = [path("variables/", views.variables, name="settings_variables")]
