"""What the frame of a page knows: menu, theme, languages, unread number (product: five entries, this order)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import path
from django.utils import translation
from django.views.generic import View

from accounts.models import User
from memo import context

NAMES = ("inbox", "archive", "contacts", "directory", "settings")


class Routes:
    """A URL table with the five entries, one of them below another's address."""

    urlpatterns = [
        path("conversations/", View.as_view(), name="inbox"),
        path("conversations/archive/", View.as_view(), name="archive"),
        path("contacts/", View.as_view(), name="contacts"),
        path("companies/", View.as_view(), name="directory"),
        path("settings/", View.as_view(), name="settings"),
    ]


def shell(path: str = "/", **attributes) -> context.Shell:
    request = RequestFactory().get(path)
    for name, value in ({"user": AnonymousUser()} | attributes).items():
        setattr(request, name, value)
    return context.shell(request)["shell"]


@pytest.fixture
def five_routes(settings):
    settings.ROOT_URLCONF = Routes


@pytest.mark.usefixtures("five_routes")
@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/conversations/", "inbox"),
        ("/conversations/7a1c/", "inbox"),
        ("/conversations/archive/", "archive"),
        ("/settings/channels/", "settings"),
        ("/elsewhere/", None),
    ],
)
def test_the_menu_has_five_entries_in_this_order_and_marks_the_current_one(address, current):
    menu = shell(address).menu
    assert tuple(entry.name for entry in menu) == NAMES
    assert [entry.name for entry in menu if entry.current] == ([current] if current else [])


def test_a_route_that_is_not_mounted_hides_its_entry(settings):
    settings.ROOT_URLCONF = type("Routes", (), {"urlpatterns": Routes.urlpatterns[:1]})
    assert [entry.name for entry in shell().menu] == ["inbox"]
    assert shell().links["portal"] == ""


@pytest.mark.usefixtures("five_routes")
def test_unread_shows_in_title_and_menu():
    seen = shell(unread=7)
    assert seen.title_prefix == "(7) "
    assert [entry.count for entry in seen.menu] == [7, 0, 0, 0, 0]
    assert shell().title_prefix == ""


def test_theme_is_the_users_or_the_systems():
    assert shell(user=User(theme="dark")).theme == "dark"
    assert shell().theme == "system"


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("de", "Deutsch"), ("sv", "Svenska"), ("de-at", "Deutsch")]
)
def test_the_active_language_is_marked(code, name):
    with translation.override(code):
        assert [language.name for language in shell().languages if language.current] == [name]


def test_direction_follows_the_language():
    with translation.override("ar"):
        assert shell().direction == "rtl"
    assert shell().direction == "ltr"
