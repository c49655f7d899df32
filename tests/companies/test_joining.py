"""/join/: the page behind the link of an invitation, and sending it again (M-23…M-25, S-11, S-46)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from companies.models import Company, Invitation, Membership
from events import limits
from mail.models import OutgoingMail
from tests.cast import PASSWORD, make_user
from tests.companies.inviting import NEW, an_invitation, browser, token

pytestmark = pytest.mark.usefixtures("no_limits")


# --- an invitation ----------------------------------------------------------------------------------------
def test_send_again_and_withdraw(cast, anna):
    invitation = an_invitation(cast)
    address = f"/settings/people/invitations/{invitation.public_id}/"
    first = token()
    assert anna.post(f"{address}again/").status_code == 303
    assert token() != first
    assert browser(None).get(f"/join/{first}/", follow=True).status_code == 410
    assert anna.post(f"{address}withdraw/").status_code == 303
    assert b"withdrawn" in browser(None).get(f"/join/{token()}/", follow=True).content
    assert "open no longer" in anna.post(f"{address}again/", follow=True).content.decode()
    assert OutgoingMail.objects.count() == 2


# --- joining ----------------------------------------------------------------------------------------------
JOINING = {"password": PASSWORD, "again": PASSWORD}


def test_the_link_leads_straight_in(cast):
    an_invitation(cast)
    eva = browser(None)
    response = eva.get(f"/join/{token()}/")
    assert (response.status_code, response.headers["Location"]) == (302, "/join/")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = eva.get("/join/").content.decode()
    assert "Nordlicht GmbH" in page
    assert "Anna Berg" in page
    assert token() not in page
    response = eva.post("/join/", JOINING)
    assert response.headers["Location"] == "/"
    assert eva.get("/conversations/").status_code == 200
    assert "active" in browser(cast.anna).get("/settings/people/?q=eva").content.decode()
    dead = browser(None).get(f"/join/{token()}/", follow=True)
    assert (dead.status_code, "already used" in dead.content.decode()) == (410, True)


def test_looking_at_the_link_uses_nothing_up(cast):
    """Scanners of mail open every link."""
    an_invitation(cast)
    for _ in range(3):
        assert browser(None).get(f"/join/{token()}/", follow=True).status_code == 200
    assert Invitation.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "password", "again": "password"}, "password"),
        ({"password": "eva@nordlicht.example", "again": "eva@nordlicht.example"}, "password"),
        ({"password": PASSWORD, "again": "another one"}, "again"),
        ({"password": PASSWORD}, "again"),
        ({}, "password"),
    ],
)
def test_a_bad_password_is_said_and_nothing_made(cast, typed, field):
    an_invitation(cast)
    eva = browser(None)
    eva.get(f"/join/{token()}/")
    response = eva.post("/join/", typed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not User.objects.filter(first_name="Eva").exists()


def test_a_second_post_of_the_same_page_is_no_error(cast):
    an_invitation(cast)
    eva = browser(None)
    link = f"/join/{token()}/"
    eva.get(link)
    eva.post("/join/", JOINING)
    eva.get(link)
    response = eva.post("/join/", JOINING)
    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("code", ["withdrawn", "expired", "closed", "unknown"])
def test_each_dead_link_is_explained(cast, code):
    invitation = an_invitation(cast, now=timezone.now() - timedelta(days=8 if code == "expired" else 0))
    if code == "withdrawn":
        Invitation.objects.filter(pk=invitation.pk).update(state="withdrawn")
    if code == "closed":
        Company.objects.filter(pk=cast.nordlicht.pk).update(suspended_at=cast.now)
    word = {"withdrawn": "withdrawn", "expired": "expired", "closed": "closed", "unknown": "not valid"}[code]
    wanted = "nonsense" if code == "unknown" else token()
    eva = browser(None)
    for response in (eva.get(f"/join/{wanted}/", follow=True), eva.post("/join/", JOINING)):
        assert (response.status_code, word in response.content.decode()) == (410, True)
    assert not User.objects.filter(first_name="Eva").exists()


def test_the_page_without_a_link_says_so(db):
    assert browser(None).get("/join/").status_code == 410


def test_a_forged_host_changes_no_link(cast, settings):
    """S-45."""
    settings.ALLOWED_HOSTS = ["*"]
    evil = browser(cast.anna, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert evil.post("/settings/people/new/", NEW).status_code == 303
    mail = OutgoingMail.objects.get()
    assert "evil.example" not in mail.text + mail.html
    assert f"{settings.BASE_URL}/join/" in mail.text


def test_the_token_is_kept_nowhere_but_in_the_mail(cast, caplog):
    """Not in the session, the page, the log or an address after the first."""
    an_invitation(cast)
    eva = browser(None)
    with caplog.at_level("DEBUG"):
        eva.get(f"/join/{token()}/")
        eva.post("/join/", {})
        eva.get("/join/nonsense-that-nobody-sent/", follow=True)
    assert token() not in str(dict(eva.session))
    assert token() not in caplog.text
    assert "nonsense-that-nobody-sent" not in caplog.text


def test_guessing_is_slowed_down(cast, monkeypatch):
    """S-52."""
    monkeypatch.setattr(limits, "take", lambda key, **k: not key.startswith("join:"))
    assert browser(None).get("/join/x/").status_code == 429
    assert browser(None).post("/join/", JOINING).status_code == 429


def test_who_has_a_login_signs_in_with_it(cast):
    former = make_user(None, "Eva", "Kern", domain="nordlicht")
    an_invitation(cast)
    eva = browser(None)
    page = eva.get(f"/join/{token()}/", follow=True).content.decode()
    assert 'name="password"' not in page
    assert "/accounts/login/?next=/join/" in page
    assert eva.post("/join/", JOINING).status_code == 200
    assert not Membership.objects.filter(user=former).exists()
    eva.post("/accounts/login/", {"login": former.email, "password": PASSWORD, "next": "/join/"})
    assert "Join Nordlicht GmbH" in eva.get("/join/").content.decode()
    assert eva.post("/join/").headers["Location"] == "/"
    assert Membership.objects.get(user=former).company == cast.nordlicht


def test_who_is_signed_in_as_somebody_else_is_asked_to_sign_out(cast):
    an_invitation(cast)
    ben = browser(cast.ben)
    assert "Sign out" in ben.get(f"/join/{token()}/", follow=True).content.decode()
    ben.post("/join/", JOINING)
    assert Invitation.objects.get().state == "sent"


@pytest.mark.parametrize("signed_in", [True, False])
def test_who_works_elsewhere_is_told_at_the_link(cast, signed_in):
    an_invitation(cast, email=cast.udo.email)
    udo = browser(cast.udo if signed_in else None)
    page = udo.get(f"/join/{token()}/", follow=True).content.decode()
    assert "another company already" in page
    assert "Süd" not in page
    udo.post("/join/", JOINING)
    assert Membership.objects.get(user=cast.udo).company == cast.sued


def test_a_locked_login_is_told(cast):
    former = make_user(None, "Eva", "Kern", domain="nordlicht")
    User.objects.filter(pk=former.pk).update(is_active=False)
    an_invitation(cast)
    assert "is locked" in browser(None).get(f"/join/{token()}/", follow=True).content.decode()
