"""Who is in this browser: minting, tokens, the cookie, the page it is on, its end (N-21, S-14, S-20)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Visitor
from customers.tokens import token_hash
from tests.cast import make_widget
from tests.widget.conftest import Door
from widget import cookies

pytestmark = pytest.mark.django_db


# --- minting ---------------------------------------------------------------------------------------------
def test_looking_makes_no_visitor(door: Door) -> None:
    """Nothing is stored before the visitor acts (GDPR)."""
    assert door.post("session/").json() == {"visitor": None, "kept": False}
    assert not Visitor.objects.exists()


def test_acting_makes_one_whose_token_is_stored_as_a_hash_only(door: Door) -> None:
    answer = door.begin()
    visitor = Visitor.objects.get()
    assert len(answer["token"]) == 43
    assert visitor.token_hash == token_hash(answer["token"])
    assert answer["token"] not in str(Visitor.objects.values())
    assert answer["visitor"] == {"id": str(visitor.public_id), "name": "", "email": "", "verified": False}
    assert visitor.label == f"Visitor #{visitor.number}"


def test_the_same_browser_stays_the_same_visitor(visitor: Door) -> None:
    again = visitor.post("session/", {"start": True}).json()
    assert again["token"] == visitor.token
    assert Visitor.objects.count() == 1


def test_visitors_are_numbered_per_company(visitor: Door, stranger: Door, cast) -> None:
    foreign = Door(make_widget(cast.sued).public_key)
    foreign.begin()
    assert list(Visitor.objects.order_by("id").values_list("company__name", "number")) == [
        ("Nordlicht GmbH", 1),
        ("Nordlicht GmbH", 2),
        ("Süd AG", 1),
    ]


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "'; drop table", "A" * 10_000])
def test_a_token_that_nobody_has_opens_nothing(door: Door, token: str) -> None:
    door.token = token
    answer = door.get("conversations/")
    assert (answer.status_code, answer.json()["error"]) == (401, "session")


def test_a_token_opens_its_own_widget_only(visitor: Door, cast) -> None:
    """S-20: bound to company and key, even within one company."""
    sibling, foreign = make_widget(cast.nordlicht, cast.support), make_widget(cast.sued)
    for widget in (sibling, foreign):
        other = Door(widget.public_key, token=visitor.token)
        assert other.get("conversations/").status_code == 401
    assert visitor.get("conversations/").status_code == 200


def test_a_token_lives_for_half_a_year_after_the_last_visit(visitor: Door) -> None:
    Visitor.objects.update(last_seen=timezone.now() - timedelta(days=179))
    assert visitor.get("conversations/").status_code == 200
    Visitor.objects.update(last_seen=timezone.now() - timedelta(days=180, minutes=1))
    assert visitor.get("conversations/").status_code == 401


def test_no_address_of_ours_holds_a_token() -> None:
    """S-20: a token in a URL would be in referrers and logs."""
    names = [pattern.pattern._route for pattern in __import__("widget.urls").urls.urlpatterns]
    assert not [name for name in names if "token" in name]


def test_the_token_in_an_address_or_body_opens_nothing(visitor: Door) -> None:
    bare = Door(visitor.key)
    assert bare.get(f"conversations/?token={visitor.token}").status_code == 401
    assert bare.post("conversations/", {"token": visitor.token}).status_code == 401


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://evil.example",
        "null",
        "HTTP://127.0.0.1:8000",
        "http://127.0.0.1:8000.",
        "http://127.0.0.1:8001",
        "http://127.0.0.1",
        "http://127.0.0.1:8000.evil.example",
        None,
    ],
)
def test_only_our_own_frame_writes(door: Door, origin: str | None) -> None:
    """S-14: other origins and none at all are refused, letter for letter."""
    door.origin = origin
    answer = door.post("session/", {"start": True})
    assert (answer.status_code, answer.json()["error"]) == (403, "origin")
    assert not Visitor.objects.exists()


def test_an_unknown_widget_answers_like_an_inactive_one(door: Door, widget) -> None:
    unknown = Door("pk_unknown").post("session/", {"start": True})
    widget.active = False
    widget.save()
    inactive = door.post("session/", {"start": True})
    assert unknown.status_code == inactive.status_code == 404
    assert unknown.content == inactive.content


# --- cookie ------------------------------------------------------------------------------------------------
def test_over_https_the_browser_keeps_it_out_of_reach_of_scripts(door: Door, settings) -> None:
    settings.HTTPS = True
    response = door.post("session/", {"start": True})
    written = response.cookies[cookies.name(door.key)].OutputString()
    assert written.startswith(f"__Host-memo-{door.key}=")
    for part in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/", "Max-Age=15552000"):
        assert part in written
    assert "Domain" not in written


def test_a_cookie_that_came_along_need_not_be_kept_elsewhere(visitor: Door, settings) -> None:
    settings.HTTPS = True
    bare = Door(visitor.key)
    with_cookie = {"HTTP_COOKIE": f"{cookies.name(visitor.key)}={visitor.token}"}
    answer = bare.post("session/", **with_cookie).json()
    assert (answer["kept"], answer["token"]) == (True, visitor.token)
    assert visitor.post("ticket/", **with_cookie).json()["kept"] is True
    assert visitor.post("ticket/").json()["kept"] is False


def test_the_cookie_alone_opens_nothing_but_a_session(visitor: Door, settings) -> None:
    """No cookie gives a right, so there is nothing to forge across sites."""
    settings.HTTPS = True
    bare = Door(visitor.key)
    assert bare.get("conversations/", HTTP_COOKIE=f"{cookies.name(bare.key)}={visitor.token}").status_code == 401


def test_over_http_no_cookie_is_written_or_read(visitor: Door) -> None:
    bare = Door(visitor.key)
    response = bare.post("session/", HTTP_COOKIE=f"{cookies.name(bare.key)}={visitor.token}")
    assert response.json()["visitor"] is None
    assert not visitor.post("session/", {"start": True}).cookies


# --- page, end ---------------------------------------------------------------------------------------------
def test_the_host_page_is_noted_without_its_query(door: Door, widget) -> None:
    door.begin(page={"url": "https://shop.example/lamp?session=secret#x", "title": "Aurora\n40"})
    visitor = Visitor.objects.get()
    assert (visitor.page_url, visitor.page_title) == ("https://shop.example/lamp", "Aurora 40")


@pytest.mark.parametrize("url", ["https://evil.example/", "javascript:alert(1)", "https://[broken", "", 5])
def test_a_page_of_another_site_is_not_noted(door: Door, url: object) -> None:
    door.post("session/", {"start": True, "page": {"url": url, "title": "x"}})
    assert not Visitor.objects.exclude(page_url="").exists()


def test_the_owner_may_not_want_pages_noted(door: Door, widget) -> None:
    widget.store_page_url = False
    widget.save()
    door.begin(page={"url": "https://shop.example/lamp", "title": "Aurora"})
    assert Visitor.objects.get().page_url == ""


def test_signing_out_kills_the_token(visitor: Door, settings) -> None:
    settings.HTTPS = True
    response = visitor.post("session/end/")
    assert response.cookies[cookies.name(visitor.key)]["max-age"] == 0
    assert visitor.get("conversations/").status_code == 401
