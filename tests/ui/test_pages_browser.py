"""The account pages in a real browser: axe finds nothing in light and dark, no policy is violated, nothing overflows."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import expect

from tests.cast import PASSWORD, make_company, make_user
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean_valkey")]

OUTSIDE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-bad-key/",
    "/offline/",
]
INSIDE = [
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/sessions/",
]


@pytest.fixture
def ben(site):
    return make_user(make_company("Nordlicht GmbH"), "Ben", "Fuchs")


@pytest.fixture
def protected(site, ben):
    """Signed in, with an authenticator app, everything proved."""
    TOTP.activate(ben, generate_totp_secret())
    codes = RecoveryCodes.activate(ben).get_unused_codes()
    answers = [
        site.client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD}),
        site.client.post("/accounts/2fa/authenticate/", {"code": codes[0]}),
        site.client.post("/accounts/reauthenticate/", {"password": PASSWORD}),
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [
        (302, "/accounts/2fa/authenticate/"),
        (302, "/"),
        (302, "/"),
    ]


def sound(page) -> None:
    """axe in both schemes, the policy, and no sideways scrolling from the smallest phone to a wide screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme
    assert page.evaluate("window.violations") == []
    for width in (320, 390, 900, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for direction in ("rtl", "ltr"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.walk
@pytest.mark.parametrize("path", OUTSIDE)
def test_pages_before_signing_in(site, path):
    sound(site.page(path))


@pytest.mark.walk
@pytest.mark.parametrize("path", INSIDE)
def test_pages_of_the_signed_in(site, protected, path):
    page = site.page(path)
    assert page.url.endswith(path)
    sound(page)


def test_setting_up_the_authenticator(site, ben):
    site.client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    site.client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = site.page("/accounts/2fa/totp/activate/")
    sound(page)
    page.fill("[name=code]", "000000")
    page.press("[name=code]", "Enter")
    page.wait_for_selector("#id_code_error")
    sound(page)


def test_a_wrong_password_takes_the_reader_to_the_password(site, ben):
    page = site.page("/accounts/login/")
    page.fill("[name=login]", ben.email)
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#id_password_error")
    assert page.evaluate("document.activeElement.name") == "password"
    sound(page)


def test_a_wrong_new_password_is_read_out_first(site, protected):
    page = site.page("/accounts/password/change/")
    page.fill("[name=oldpassword]", PASSWORD)
    page.fill("[name=password1]", "abc")
    page.fill("[name=password2]", "abcd")
    page.click("button.main")
    page.wait_for_selector("memo-errors")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    sound(page)
    page.click("memo-errors a >> nth=0")
    assert page.evaluate("document.activeElement.tagName") == "INPUT"


def test_signing_in_by_keyboard_alone(site, ben):
    page = site.page("/accounts/login/")
    page.keyboard.type(ben.email)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past "Forgotten?"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    assert site.client.session["_auth_user_id"] == str(ben.pk)


def test_the_shell_turns_round_for_languages_from_right_to_left(site, protected):
    page = site.page("/accounts/2fa/")
    assert page.locator(".menu").bounding_box()["x"] == 0
    page.evaluate("document.documentElement.dir = 'rtl'")
    box = page.locator(".menu").bounding_box()
    assert box["x"] + box["width"] == 1280


def test_the_menu_opens_beside_its_button_and_is_walked_by_arrows(site, protected):
    page = site.page("/accounts/2fa/")
    opener = page.locator(".tenant")
    opener.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#account-menu:popover-open")
    assert opener.get_attribute("aria-expanded") == "true"
    below, menu = opener.bounding_box(), page.locator("#account-menu").bounding_box()
    assert menu["y"] >= below["y"] + below["height"]
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") != first
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")  # browsers tell of it a moment later
    assert page.evaluate("document.activeElement.className") == "tenant"


def test_taking_an_address_away_asks_first(site, ben):
    site.client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    site.client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    site.client.post("/accounts/email/", {"action_add": "", "email": "ben@home.example"})
    page = site.page("/accounts/email/")
    remove = "[data-confirm='ben@home.example']"
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.click(remove)
    dialog = page.locator("dialog[open]")
    assert "ben@home.example" in dialog.inner_text()
    sound(page)
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.name") == "action_remove"
    assert posts == []
    page.click(remove)
    page.click("dialog [value=yes]")
    page.locator(remove).wait_for(state="detached")
    assert len(posts) == 1


def test_pages_work_without_scripts(site, ben):
    page = site.page("/accounts/login/", java_script_enabled=False)
    page.fill("[name=login]", ben.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url(lambda url: "/login/" not in url)
    page = site.page("/accounts/2fa/", java_script_enabled=False)
    page.click(".tenant")
    assert page.locator("#account-menu").is_visible()
    page.click("#account-menu >> text=Sign out")
    page.wait_for_url(lambda url: "/accounts/logout/" not in url and "/2fa/" not in url)
    assert "_auth_user_id" not in site.client.session


def test_forced_colours_and_print_keep_the_page_readable(site, protected):
    page = site.page("/accounts/2fa/", forced_colors="active")
    assert page.locator(".btn").first.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    page.emulate_media(media="print")
    assert not page.locator(".menu").is_visible()
    assert page.locator("h1").is_visible()
