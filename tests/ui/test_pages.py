"""Every reachable account page and every error page is ours, in its language, without a script it does not need."""

from __future__ import annotations

import json
import math
import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import resolve
from django.views import csrf, defaults
from PIL import Image

from tests.accounts.sign_in import last_mail
from tests.cast import PASSWORD, make_company, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]  # allauth counts attempts in the cache

OUTSIDE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-bad-key/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/bad-key/",
    "/offline/",
]
INSIDE = [
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
]


@pytest.fixture
def ben():
    return make_user(make_company("Nordlicht GmbH"), "Ben", "Fuchs")


@pytest.fixture
def signed_in(ben):
    """A browser in which Ben has just proved that it is he."""
    client = Client()
    assert client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD}).status_code == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def pass_second_step(client, ben, protected) -> None:
    """Password, a recovery code, and the password once more for what is dangerous."""
    client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    assert client.post("/accounts/2fa/authenticate/", {"code": protected.get_unused_codes()[0]}).status_code == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def is_ours(response) -> bool:
    html = response.content.decode()
    return (
        "ui/css/memo.css" in html
        and html.count("<h1") == 1
        and html.count("<main") == 1
        and " style=" not in html
        and "<style" not in html
        and not re.search(r"<script(?![^>]*(?:src=|nonce=|type=\"application/json\"))", html)
        and not re.search(r"\son[a-z]+=", html)
    )


@pytest.mark.parametrize("path", OUTSIDE)
def test_pages_before_signing_in(client, path):
    response = client.get(path)
    assert response.status_code in (200, 400)
    assert is_ours(response)


@pytest.mark.parametrize("path", INSIDE)
def test_pages_of_the_signed_in(signed_in, path):
    response = signed_in.get(path)
    assert response.status_code == 200
    assert is_ours(response)


def test_a_wrong_password_is_said_at_the_password_and_the_address_stays(client, ben):
    html = client.post("/accounts/login/", {"login": ben.email, "password": "wrong"}).content.decode()
    assert f'value="{ben.email}"' in html
    assert re.search(r'name="password"[^>]*aria-invalid="true" aria-describedby="id_password_error"', html)
    assert 'id="id_password_error" role="alert"' in html
    assert "wrong" not in html.replace("correct", "")


def test_guessing_is_slowed_down_with_a_page_of_ours(client, ben, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
    answers = [client.post("/accounts/login/", {"login": ben.email, "password": str(n)}) for n in range(4)]
    assert any(response.status_code == 429 for response in answers) or "Too many" in answers[-1].content.decode()
    assert is_ours(answers[-1])


def test_a_hostile_address_stays_text(client):
    html = client.post("/accounts/login/", {"login": '"><script>alert(1)</script>', "password": "x"}).content.decode()
    assert "<script>alert" not in html


def test_after_signing_in_nobody_is_told_what_he_just_did(client, ben):
    client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    assert "memo-toast" not in client.get("/accounts/2fa/").content.decode()


def test_the_way_to_a_new_password(client, ben):
    assert client.post("/accounts/password/reset/", {"email": ben.email}).status_code == 302
    letter = last_mail(ben.email)
    assert "Choose a new password" in letter.subject
    address = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", letter.text)[1]
    page = client.get(address, follow=True)
    assert is_ours(page)
    assert page.content.decode().count('type="password"') == 2
    weak = client.post(page.redirect_chain[-1][0], {"password1": "abc", "password2": "abc"})
    assert is_ours(weak)
    assert 'aria-invalid="true"' in weak.content.decode()
    done = client.post(page.redirect_chain[-1][0], {"password1": "neue-lampen-24", "password2": "neue-lampen-24"})
    assert done.status_code == 302
    assert client.login(email=ben.email, password="neue-lampen-24")


def test_an_unknown_address_gets_the_same_page_and_a_plain_letter(client):
    assert client.post("/accounts/password/reset/", {"email": "nobody@example.com"}).status_code == 302
    letter = last_mail("nobody@example.com")
    assert "no Memo account" in letter.text
    assert "example.com" in letter.text


@pytest.fixture
def protected(ben):
    """Ben has an authenticator app and recovery codes."""
    TOTP.activate(ben, generate_totp_secret())
    return RecoveryCodes.activate(ben)


def test_the_second_step(client, ben, protected):
    response = client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert is_ours(response)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert is_ours(wrong)
    assert 'aria-describedby="id_code_error"' in wrong.content.decode()
    right = client.post("/accounts/2fa/authenticate/", {"code": protected.get_unused_codes()[0]})
    assert right.status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/reauthenticate/",
    ],
)
def test_pages_of_the_second_step(client, ben, protected, path):
    pass_second_step(client, ben, protected)
    response = client.get(path)
    assert response.status_code == 200
    assert is_ours(response)


def test_setting_up_the_app_explains_a_wrong_code(signed_in):
    response = signed_in.post("/accounts/2fa/totp/activate/", {"code": "123"})
    assert is_ours(response)
    assert 'id="id_code_error"' in response.content.decode()


def test_recovery_codes_are_shown_as_they_are(client, ben, protected):
    pass_second_step(client, ben, protected)
    html = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(code in html for code in protected.get_unused_codes()[1:])


def test_addresses_can_be_added_and_taken_away(signed_in, ben):
    signed_in.post("/accounts/email/", {"action_add": "", "email": "ben@home.example"})
    assert last_mail("ben@home.example")
    html = signed_in.get("/accounts/email/").content.decode()
    assert "ben@home.example" in html
    assert 'data-confirm-title="Remove this address?"' in html
    signed_in.post("/accounts/email/", {"action_remove": "", "email": "ben@home.example"})
    signed_in.get("/accounts/email/")  # says once that it is gone
    assert "ben@home.example" not in signed_in.get("/accounts/email/").content.decode()


@pytest.mark.parametrize(("language", "words"), [("de", "Deutsch"), ("sv", "Svenska"), ("en", "English")])
def test_the_language_can_be_chosen_before_signing_in(client, language, words):
    response = client.post("/language/", {"language": language, "next": "/accounts/login/"}, follow=True)
    html = response.content.decode()
    assert f'<html lang="{language}"' in html
    assert re.search(
        rf'<button name="language" value="{language}" lang="{language}" aria-current="true">{words}</button>', html
    )


def test_a_page_that_is_not_there(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert (
        "This page is not here" in response.content.decode() or b"Page not found" in response.content
    )  # the latter while developing


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda request: defaults.page_not_found(request, Exception()), "This page is not here"),
        (lambda request: defaults.permission_denied(request, PermissionDenied()), "but not do it"),
        (lambda request: defaults.bad_request(request, Exception()), "did not understand"),
        (defaults.server_error, "on our side"),
        (csrf.csrf_failure, "Once more, please"),
    ],
)
def test_error_pages_stand_alone(make, words):
    """They are rendered with next to nothing: a bare request, for some no request at all."""
    response = make(RequestFactory().get("/x/"))
    assert words in response.content.decode()
    assert is_ours(response)
    assert "<script" not in response.content.decode()


def test_a_conflict_says_what_happened_or_something_general():
    assert "Cem was quicker." in render_to_string("409.html", {"message": "Cem was quicker."})
    assert "Somebody was quicker" in render_to_string("409.html")


def size_of(address: str) -> str:
    """Width and height of a PNG among our static files."""
    with Image.open(finders.find(address.removeprefix("/static/"))) as picture:
        assert picture.format == "PNG"
        return f"{picture.width}x{picture.height}"


def test_the_app_can_be_installed(client):
    """What browsers ask of an app: names, a start inside its scope, icons of the sizes they say, shortcuts that exist."""
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert (manifest["name"], manifest["display"]) == ("Memo", "standalone")
    assert len(manifest["short_name"]) <= 12
    icons = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert icons == {(size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")}
    for icon in manifest["icons"]:
        assert size_of(icon["src"]) == icon["sizes"]
    for name in ("background_color", "theme_color"):
        assert re.fullmatch("#[0-9a-f]{6}", manifest[name])
    assert len(manifest["shortcuts"]) == 4
    for shortcut in manifest["shortcuts"]:
        resolve(shortcut["url"])
        assert shortcut["name"]


def test_a_maskable_icon_keeps_its_mark_inside_the_safe_circle():
    """Systems cut icons to a circle of 80 %: outside it there is nothing but the ground."""
    with Image.open(finders.find("ui/icon-512.png")) as picture:
        ground = picture.convert("RGB").getpixel((2, 2))
        for angle in range(0, 360, 5):
            x, y = (256 + 205 * wave(math.radians(angle)) for wave in (math.cos, math.sin))
            assert picture.convert("RGB").getpixel((round(x), round(y))) == ground


def test_the_service_worker_names_files_that_exist_and_its_version_by_them(client, monkeypatch):
    """A file with a new address is a new version; pages of people are in no list."""
    worker = client.get("/service-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "no-cache" in worker["Cache-Control"]
    text = worker.content.decode()
    kept = json.loads(re.search(r"const KEPT = (\[.*?\]);", text)[1])
    assert "/static/ui/css/memo.css" in kept
    assert all(finders.find(address.removeprefix("/static/")) for address in kept)
    assert 'const LANGUAGES = ["en", "de", "sv"];' in text
    version = re.search(r'const NAME = "(memo-\d+)"', text)[1]
    assert version in client.get("/service-worker.js").content.decode()
    monkeypatch.setattr("ui.views._KEPT", ("ui/css/memo.css",))
    assert version not in client.get("/service-worker.js").content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "There is no connection"), ("de", "Es gibt keine Verbindung"), ("sv", "Det finns ingen anslutning")],
)
def test_the_page_without_a_connection_comes_in_every_language(client, language, words):
    """Whatever the browser asks for otherwise; it names nobody, and its one script asks for the wanted page again."""
    answer = client.get(f"/offline/?language={language}", headers={"Accept-Language": "fr"})
    assert answer["Content-Language"] == language
    assert words in answer.content.decode()
    assert f'<html lang="{language}"' in answer.content.decode()
    assert re.findall(r'<script[^>]* src="([^"]+)"', answer.content.decode()) == ["/static/ui/js/again.js"]
    assert '<a class="btn main big" href="">' in answer.content.decode()
    assert client.get("/offline/?language=xx").status_code == 200
