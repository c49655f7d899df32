"""Signing in by password, code and second factor; limits, sameness, own addresses only (S-38, S-45, S-48 … S-51)."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.actions import create_user
from accounts.guards import folded
from accounts.models import User
from mail.models import OutgoingMail
from tests.accounts.sign_in import code_in, last_mail, link_in, prove, sign_in, signed_in, totp, with_address, with_app
from tests.cast import PASSWORD

pytestmark = pytest.mark.usefixtures("clean_valkey")
NEW = "another good battery 7"


@pytest.fixture
def ben(cast) -> User:
    return with_address(cast.ben)


def browsers(*users: User) -> list[Client]:
    found = []
    for user in users:
        client = Client()
        assert sign_in(client, user).status_code == 302
        found.append(client)
    return found


# --- ways in -------------------------------------------------------------------------------------------------
def test_a_password_signs_in_and_the_key_of_the_session_changes(client, ben):
    """S-49: a key that somebody preset is worth nothing."""
    client.get("/accounts/login/")
    client.session["seen"] = 1
    client.session.save()
    before = client.session.session_key
    assert sign_in(client, ben)["Location"] == "/"
    assert signed_in(client)
    assert client.session.session_key != before


def test_a_code_by_mail_signs_in_once(client, ben):
    client.post("/accounts/login/code/", {"email": ben.email.upper()})
    code = code_in(last_mail(ben.email))
    assert client.post("/accounts/login/code/confirm/", {"code": code})["Location"] == "/"
    assert signed_in(client)
    other = Client()
    other.post("/accounts/login/code/confirm/", {"code": code})
    assert not signed_in(other)


def test_three_wrong_codes_end_the_attempt(client, ben):
    client.post("/accounts/login/code/", {"email": ben.email})
    code = code_in(last_mail(ben.email))
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "AAAA-BBBB"})
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert not signed_in(client)


def test_the_second_factor_is_asked_for_after_password_and_after_code(client, ben):
    secret = with_app(ben)
    assert sign_in(client, ben)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    assert signed_in(client)
    other = Client()
    other.post("/accounts/login/code/", {"email": ben.email})
    other.post("/accounts/login/code/confirm/", {"code": code_in(last_mail(ben.email))})
    assert not signed_in(other)
    other.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    assert not signed_in(other), "a code of the app works once"


def test_a_code_of_the_app_is_worth_nothing_for_as_long_as_clocks_may_differ(client, ben, clean_valkey):
    """Heard over the shoulder and typed a minute later, when allauth has forgotten that it was used."""
    secret = with_app(ben)
    code = totp(secret)
    sign_in(client, ben)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert signed_in(client)
    for key in clean_valkey.scan_iter("*allauth.mfa.totp.used*"):
        clean_valkey.delete(key)
    other = Client()
    sign_in(other, ben)
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert not signed_in(other)


def test_guessing_the_second_factor_is_stopped(client, ben):
    secret = with_app(ben)
    sign_in(client, ben)
    for number in range(6):
        client.post("/accounts/2fa/authenticate/", {"code": f"00000{number}"})
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    assert not signed_in(client)


def test_an_account_that_is_switched_off_is_not_signed_in(client, ben):
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert sign_in(client, ben)["Location"] == "/accounts/inactive/"
    client.post("/accounts/login/code/", {"email": ben.email})
    assert "no Memo account" in last_mail(ben.email).text
    assert not signed_in(client)


def test_nobody_signs_up(client, db):
    answer = client.post("/accounts/signup/", {"email": "x@y.example", "password1": NEW, "password2": NEW})
    assert not User.objects.filter(email="x@y.example").exists()
    assert b"by invitation" in answer.content


def test_next_is_a_path_of_our_own(client, ben):
    """S-38."""
    evils = (
        "//evil.example", "https://evil.example/", "https:evil.example", "\\\\evil.example", "/\\evil.example",
        "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "http://127.0.0.1:8000.evil.example/", "///evil.example",
    )  # fmt: skip
    for evil in evils:
        fresh = Client()
        answer = fresh.post("/accounts/login/", {"login": ben.email, "password": PASSWORD, "next": evil})
        assert answer["Location"] == "/", evil
        User.objects.filter(pk=ben.pk).update(last_login=None)
    answer = client.post("/accounts/login/", {"login": ben.email, "password": PASSWORD, "next": "/settings/"})
    assert answer["Location"] == "/settings/"


# --- passwords -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("short 1", False),
        ("password", False),
        ("benfuchs1", False),
        ("ü" * 64, True),
        ("correct horse " * 9, True),
        ("x y" * 43, False),
    ],
    ids=["too short", "common", "one's own name", "64 letters", "126 letters", "129 letters"],
)
def test_what_a_password_may_be(client, ben, wanted, taken):
    """≥ 8, none of the common ones, up to 128 characters."""
    client.force_login(ben)
    wanted = wanted.strip()
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": wanted, "password2": wanted})
    assert User.objects.get(pk=ben.pk).check_password(wanted) is taken


def test_a_changed_password_ends_every_session_and_is_told(ben):
    """S-49."""
    one, other = browsers(ben, ben)
    one.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert other.get("/settings/").status_code == 302
    assert one.get("/settings/").status_code == 302
    mail = last_mail(ben.email)
    assert mail.subject == "Your password was changed"
    assert NEW not in mail.text


def test_a_reset_link_works_once_and_ends_every_session(client, ben):
    (before,) = browsers(ben)
    client.post("/accounts/password/reset/", {"email": ben.email})
    link = link_in(last_mail(ben.email))
    step = client.get(link, follow=True).request["PATH_INFO"]
    client.post(step, {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=ben.pk).check_password(NEW)
    assert before.get("/settings/").status_code == 302
    again = Client()
    assert b"used up" in again.get(link, follow=True).content


def test_mails_carry_the_configured_address_whatever_the_host_header_says(client, ben, settings):
    """S-45."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://memo.example"
    forged = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example"}
    client.post("/accounts/password/reset/", {"email": ben.email}, **forged)
    client.post("/accounts/password/reset/", {"email": "nobody@x.example"}, **forged)
    client.post("/accounts/login/code/", {"email": ben.email}, **forged)
    signed = Client()
    signed.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    prove(signed)
    signed.post("/accounts/email/", {"email": "ben@new.example", "action_add": ""}, **forged)
    mails = list(OutgoingMail.objects.all())
    assert {mail.to for mail in mails} == {ben.email, "nobody@x.example", "ben@new.example"}
    assert [mail.subject for mail in mails if "evil" in mail.text + mail.html + mail.subject] == []
    assert last_mail("ben@new.example").text.count("https://memo.example/") == 1


# --- addresses -----------------------------------------------------------------------------------------------
def test_a_new_main_address_is_proved_first_told_to_the_old_and_ends_other_sessions(ben):
    """S-48, H-17."""
    one, other = browsers(ben, ben)
    one.post("/accounts/email/", {"email": "ben@new.example", "action_add": ""})
    assert not EmailAddress.objects.filter(email="ben@new.example").exists(), "asks for the password once more"
    prove(one)
    one.post("/accounts/email/", {"email": "ben@new.example", "action_add": ""})
    one.post("/accounts/email/", {"email": "ben@new.example", "action_primary": ""})
    assert User.objects.get(pk=ben.pk).email == ben.email, "not before it is proved"
    one.post(link_in(last_mail("ben@new.example")))
    one.post("/accounts/email/", {"email": "ben@new.example", "action_primary": ""})
    assert User.objects.get(pk=ben.pk).email == "ben@new.example"
    told = last_mail(ben.email)
    assert "ben@new.example" in told.text
    assert other.get("/settings/").status_code == 302
    assert one.get("/settings/").status_code == 200


def test_a_link_for_an_address_that_was_taken_away_proves_nothing(ben):
    """S-48: the link of an old request."""
    (one,) = browsers(ben)
    prove(one)
    one.post("/accounts/email/", {"email": "ben@new.example", "action_add": ""})
    link = link_in(last_mail("ben@new.example"))
    one.post("/accounts/email/", {"email": "ben@new.example", "action_remove": ""})
    one.post(link)
    assert not EmailAddress.objects.filter(email="ben@new.example").exists()


def test_somebody_elses_address_is_neither_told_nor_taken(ben, cast):
    """S-48, S-51: adding it answers like any other, and proves nothing."""
    cem = with_address(cast.cem)
    one, two = browsers(ben, ben)
    prove(one)
    prove(two)
    taken = one.post("/accounts/email/", {"email": cem.email, "action_add": ""}, follow=True)
    free = two.post("/accounts/email/", {"email": "free@new.example", "action_add": ""}, follow=True)
    assert taken.status_code == free.status_code
    assert len(OutgoingMail.objects.filter(to=cem.email)) == len(OutgoingMail.objects.filter(to="free@new.example"))
    Client().post(link_in(last_mail(cem.email)))
    one.post("/accounts/email/", {"email": cem.email, "action_primary": ""})
    assert User.objects.get(pk=ben.pk).email == ben.email
    assert not EmailAddress.objects.filter(user=ben, email=cem.email, verified=True).exists()


@pytest.mark.parametrize("alike", ["ben@nordlıcht.example", "ﬁnn@x.example", "bеn@nordlicht.example"])
def test_look_alike_letters_are_refused_everywhere(client, ben, alike):
    """S-48: “ı”, “ﬁ”, a Cyrillic “е”."""
    (one,) = browsers(ben)
    prove(one)
    OutgoingMail.objects.all().delete()
    one.post("/accounts/email/", {"email": alike, "action_add": ""})
    client.post("/accounts/password/reset/", {"email": alike})
    client.post("/accounts/login/code/", {"email": alike})
    assert not OutgoingMail.objects.exists()
    assert EmailAddress.objects.filter(user=ben).count() == 1


def test_everybody_has_a_confirmed_main_address(db):
    user = create_user(
        email="New@Nordlicht.example",
        first_name="Nele",
        last_name="Wolf",
        password=None,
        language="en",
        time_zone="UTC",
    )
    row = EmailAddress.objects.get(user=user)
    assert (row.email, row.verified, row.primary) == ("new@nordlicht.example", True, True)


# --- sessions ------------------------------------------------------------------------------------------------
def test_one_browser_is_signed_out_or_all_others(ben, cast):
    one, two, three = browsers(ben, ben, ben)
    page = one.get("/accounts/sessions/").content.decode()
    assert page.count('name="session"') == 2
    assert not [row for row in UserSession.objects.all() if row.session_key in page], "keys stay secret"
    from accounts.actions import session_handle

    handle = session_handle(UserSession.objects.get(session_key=two.session.session_key))
    (stranger,) = browsers(with_address(cast.cem))
    stranger.post("/me/browsers/sign-out/", {"session": handle})
    assert two.get("/settings/").status_code == 200
    one.post("/me/browsers/sign-out/", {"session": handle})
    assert two.get("/settings/").status_code == 302
    one.post("/accounts/sessions/")
    assert three.get("/settings/").status_code == 302
    assert one.get("/settings/").status_code == 200


def test_signing_out_kills_the_session(client, ben):
    """S-49: the old cookie opens nothing."""
    sign_in(client, ben)
    key = client.session.session_key
    client.post("/accounts/logout/")
    old = Client()
    old.cookies["memo-session"] = key
    assert old.get("/settings/").status_code == 302


# --- limits --------------------------------------------------------------------------------------------------
def test_one_account_in_all_spellings_is_one_account(ben):
    """S-50."""
    spellings = {folded(form) for form in ("Ben@x.de", "BEN@X.DE", "ben+1@x.de", "ｂｅｎ@x.de", " ben+a+b@x.de ")}
    assert spellings == {"ben@x.de"}


def test_guessing_is_limited_by_account_whatever_addresses_it_comes_from(ben):
    """S-50: 20 letter cases and plus forms, forged X-Forwarded-For; a good login of somebody else clears nothing."""
    local, _, domain = ben.email.partition("@")
    for number in range(6):
        name = f"{local.upper() if number % 2 else local}+{number}@{domain}"
        headers = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}", "REMOTE_ADDR": f"203.0.113.{number}"}
        Client().post("/accounts/login/", {"login": name, "password": "wrong"}, **headers)
    client = Client()
    answer = sign_in(client, ben, REMOTE_ADDR="203.0.113.99")
    assert not signed_in(client)
    assert b"Too many failed" in answer.content


def test_guessing_is_limited_by_address_and_a_forged_header_is_not_believed(db, settings):
    """S-50: one address, a thousand names, another X-Forwarded-For every time."""
    statuses = []
    for number in range(40):
        answer = Client().post(
            "/accounts/login/",
            {"login": f"nobody{number}@x.example", "password": "wrong"},
            HTTP_X_FORWARDED_FOR=f"198.51.100.{number}",
        )
        statuses.append(answer.status_code if answer.status_code == 429 else b"Too many" in answer.content)
    assert True in statuses or 429 in statuses


def test_behind_one_proxy_only_its_own_entry_counts(settings, rf):
    from events.origin import address_of

    settings.TRUSTED_PROXY_COUNT = 1
    ask = rf.get("/", HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.100.7", REMOTE_ADDR="10.0.0.1")
    assert address_of(ask) == "198.51.100.7"
    assert address_of(rf.get("/", HTTP_X_FORWARDED_FOR="nonsense", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 0
    assert address_of(rf.get("/", HTTP_X_FORWARDED_FOR="1.2.3.4", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"


@pytest.mark.parametrize(("where", "who"), [("/accounts/password/reset/", "known"), ("/accounts/login/code/", "known"),
                                            ("/accounts/password/reset/", "unknown"), ("/accounts/login/code/", "unknown")])  # fmt: skip
def test_a_mailbox_gets_few_mails_whoever_asks(ben, where, who):
    """S-50, S-51: known and unknown mailboxes alike."""
    address = ben.email if who == "known" else "nobody@x.example"
    local, _, domain = address.partition("@")
    for number in range(9):
        form = f"{local}+{number}@{domain}" if number % 2 else address.upper()
        Client().post(where, {"email": form}, REMOTE_ADDR=f"203.0.113.{number}")
    assert OutgoingMail.objects.count() == 5


# --- sameness ------------------------------------------------------------------------------------------------
def steady(answer) -> tuple:
    import re

    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]*"|content="[^"]*"', b"", answer.content)
    return answer.status_code, answer.get("Location"), sorted(answer.headers), body


@pytest.mark.parametrize("where", ["/accounts/login/", "/accounts/password/reset/", "/accounts/login/code/"])
def test_known_and_unknown_addresses_look_alike(ben, where):
    """S-51: status, headers, body and number of mails."""
    said, mails = [], []
    for address in ("ben@nordlicht.example", "xyz@nordlicht.example"):
        before = OutgoingMail.objects.count()
        client = Client()
        answer = client.post(where, {"login": address, "email": address, "password": "wrong"})
        rest = client.get(answer["Location"]) if answer.status_code == 302 else answer
        said.append((steady(answer)[:3], steady(rest)[3].replace(address.encode(), b"ADDRESS")))
        mails.append(OutgoingMail.objects.count() - before)
    assert said[0] == said[1]
    assert mails[0] == mails[1]


@pytest.mark.parametrize("where", ["/accounts/login/", "/accounts/password/reset/", "/accounts/login/code/"])
def test_known_and_unknown_addresses_cost_the_same_work(
    ben, where, django_assert_max_num_queries, settings, monkeypatch
):
    """S-51: the same number of password hashes and nearly as many queries; the clock has nothing to tell."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hashed = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a, **k: hashed.append(1) or encode(*a, **k))
    work = []
    for address in ("ben@nordlicht.example", "xyz@nordlicht.example"):
        hashed.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Client().post(where, {"login": address, "email": address, "password": "wrong"})
        work.append((len(hashed), len(queries)))
    assert work[0][0] == work[1][0]
    assert abs(work[0][1] - work[1][1]) <= 4
