"""Signing in in a real browser: code by mail, authenticator app, passkey, browsers; every page of it is sound (H-17, H-21)."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import Argon2PasswordHasher
from playwright.sync_api import expect

from companies.models import Company
from tests.accounts.sign_in import code_in, last_mail, link_in, totp, with_address, with_app
from tests.cast import PASSWORD
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
INBOX = re.compile(r"/conversations/")
SIGN_IN = re.compile(r"/accounts/login/")
NARROW = {"viewport": {"width": 320, "height": 720}}
LOOKS = [{"color_scheme": "light"}, {"color_scheme": "dark"} | NARROW]


def known(user):
    """The user's address, and a password by the hasher that the server has."""
    user.password = Argon2PasswordHasher().encode(PASSWORD, "saltsalt")
    user.save(update_fields=["password"])
    return with_address(user)


@pytest.fixture(autouse=True)
def _no_limits_of_other_journeys(clean_valkey):
    """Everybody here comes from one address."""


def forgotten(page) -> None:
    """Signed out without a word; a page that is still open would notice, and ask to sign in and be led back."""
    page.goto("about:blank")
    page.context.clear_cookies()


def enter(page, user, password: str = PASSWORD, *, at: str = "") -> None:
    forgotten(page)
    page.goto(f"{at}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def prove(page) -> None:
    """“Is it still you?”"""
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def sound(page, name: str) -> None:
    page.wait_for_load_state()
    assert axe(page) == [], name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, name


# --- journeys ------------------------------------------------------------------------------------------------
def test_a_code_by_mail_signs_in(scene, person):
    ben = known(scene.ben)
    page = person(None).page
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Send me a code by mail").click()
    page.get_by_label("E-mail address").fill(ben.email)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    page.get_by_label("Code").fill(code_in(last_mail(ben.email)))
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(INBOX)


def test_an_authenticator_app_is_set_up_and_asked_for(scene, person):
    ben = known(scene.ben)
    page = person(None).page
    enter(page, ben)
    expect(page).to_have_url(INBOX)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    prove(page)
    secret = page.get_by_label("Or type this key into it").input_value()
    assert page.locator(".qr img").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Code from your app").fill(totp(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    spare = page.locator(".codes li").first.inner_text()
    enter(page, ben)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code from your app").fill(spare)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(INBOX)


def test_a_passkey_is_made_and_signs_in_alone(scene, person, live):
    """With Chromium's own virtual authenticator; passkeys want a host name, so the journey goes to localhost."""
    ben = known(scene.ben)
    visitor, at = person(None), live.base_url.replace("127.0.0.1", "localhost")
    visitor.expected = ("WebSocket", "403")  # sockets are for the configured address alone
    page = visitor.page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    enter(page, ben, at=at)
    expect(page).to_have_url(INBOX)
    page.goto(f"{at}/accounts/2fa/webauthn/add/")
    prove(page)
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{at}/accounts/2fa/webauthn/")
    expect(page.get_by_text("Signs in alone")).to_be_visible()
    forgotten(page)
    page.goto(f"{at}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(INBOX)
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_passkey_that_is_not_there_is_said_in_words(scene, person, live):
    page = person(None).page
    page.goto(f"{live.base_url.replace('127.0.0.1', 'localhost')}/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The browser gave no passkey")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()


def test_another_browser_is_signed_out(scene, person):
    ben = known(scene.ben)
    here, there = person(None).page, person(None).page
    for page in (here, there):
        enter(page, ben)
        expect(page).to_have_url(INBOX)
    here.goto("/accounts/sessions/")
    here.locator("li").filter(has=here.get_by_role("button", name="Sign out", exact=True)).get_by_role("button").click()
    expect(here.get_by_text("That browser is signed out")).to_be_visible()
    there.goto("/settings/")
    expect(there).to_have_url(SIGN_IN)
    here.goto("/settings/")
    expect(here.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_new_address_is_proved_by_its_link(scene, person):
    ben = known(scene.ben)
    page = person(None).page
    enter(page, ben)
    page.goto("/accounts/email/")
    page.get_by_label("E-mail address").fill("ben@new.example")
    page.get_by_role("button", name="Add").click()
    prove(page)
    expect(page.get_by_text("Not confirmed")).to_be_visible()
    page.goto(link_in(last_mail("ben@new.example")))
    page.get_by_role("button", name="Yes, it is mine").click()
    page.goto("/accounts/email/")
    page.get_by_role("button", name="Make it the main one").click()
    expect(page.locator("li", has_text="ben@new.example").get_by_text("Main", exact=True)).to_be_visible()


def test_who_needs_a_second_step_is_led_there_and_goes_on(scene, person):
    Company.objects.filter(pk=scene.nordlicht.pk).update(second_factor_required=True)
    ben = known(scene.ben)
    page = person(None).page
    enter(page, ben)
    expect(page.get_by_text("asks everybody for a second step")).to_be_visible()
    page.get_by_role("link", name="Set up").click()
    prove(page)
    page.get_by_label("Code from your app").fill(totp(page.get_by_label("Or type this key into it").input_value()))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/conversations/")
    expect(page).to_have_url(INBOX)


# --- every page ----------------------------------------------------------------------------------------------
@pytest.mark.walk
@pytest.mark.parametrize("options", LOOKS, ids=["light", "dark, narrow"])
def test_every_page_before_signing_in_is_sound(scene, person, options):
    ben = known(scene.ben)
    visitor = person(None, **options)
    visitor.expected = ("401",)
    page = visitor.page
    for address in ("login/", "login/code/", "password/reset/", "password/reset/done/", "inactive/", "signup/",
                    "confirm-email/", "confirm-email/dead:link/", "password/reset/key/1-dead/", "3rdparty/login/error/"):  # fmt: skip
        page.goto(f"/accounts/{address}")
        sound(page, address)
    page.goto("/accounts/login/code/")
    page.get_by_label("E-mail address").fill(ben.email)
    page.get_by_role("button", name="Send the code").click()
    sound(page, "enter the code")
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Continue").click()
    sound(page, "wrong code")
    enter(page, ben, "wrong password")
    sound(page, "wrong password")
    with_app(ben)
    enter(page, ben)
    sound(page, "second step")


@pytest.mark.walk
@pytest.mark.parametrize("options", LOOKS, ids=["light", "dark, narrow"])
def test_every_page_of_ones_own_protection_is_sound(scene, person, options):
    anna = known(scene.anna)
    visitor = person(None, **options)
    visitor.expected = ("422",)  # the answer to a form that asks for one thing more
    page = visitor.page
    enter(page, anna)
    expect(page).to_have_url(INBOX)
    page.goto("/accounts/2fa/totp/activate/")
    sound(page, "is it you")
    prove(page)
    sound(page, "set up the app")
    with_app(anna)
    RecoveryCodes.activate(anna)
    for address in ("accounts/2fa/", "accounts/2fa/totp/deactivate/", "accounts/2fa/recovery-codes/",
                    "accounts/2fa/recovery-codes/generate/", "accounts/2fa/webauthn/", "accounts/2fa/webauthn/add/",
                    "accounts/email/", "accounts/password/change/", "accounts/sessions/", "accounts/logout/",
                    "accounts/3rdparty/", "settings/security/", "settings/audit/", "settings/privacy/",
                    "settings/privacy/?email=ben@nordlicht.example"):  # fmt: skip
        page.goto(f"/{address}")
        sound(page, address)
    page.get_by_role("button", name="What would be erased?").click()
    expect(page.get_by_label("Type the e-mail address to confirm")).to_be_visible()
    sound(page, "what would be erased")
