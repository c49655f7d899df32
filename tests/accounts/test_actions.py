"""Logins, pictures and sessions of people (M-19, M-25, M-26, INV-20)."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts.actions import BadLogin, EmailTaken, create_user, end_sessions, remove_picture, set_picture
from accounts.models import User
from tests.cast import PASSWORD

NEW = {"language": "de", "time_zone": "Europe/Berlin"}


def make(email="new@nordlicht.example", password="a long enough one", **fields) -> User:
    names = {"first_name": "Nina", "last_name": "Neu"} | fields
    return create_user(email=email, password=password, **names, **NEW)


def test_a_login_has_a_confirmed_address_in_lower_case(db):
    user = make(" New@Nordlicht.example ")
    assert user.email == "new@nordlicht.example"
    assert user.check_password("a long enough one")
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == (user.email, True, True)


def test_without_password_nobody_can_sign_in_by_one(db):
    assert not make(password=None).has_usable_password()


def test_the_same_address_cannot_be_used_twice(cast):
    with pytest.raises(EmailTaken):
        make("BEN@nordlicht.example")
    assert User.objects.filter(email__iexact="ben@nordlicht.example").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"email": ""},
        {"email": "two@example.com\nBcc: all@example.com"},
        {"first_name": " "},
        {"last_name": ""},
        {"first_name": "x" * 81},
        {"password": "short"},
        {"password": "password1234"},
    ],
)
def test_what_is_wrong_with_a_login_is_said_and_nothing_is_made(db, wrong):
    with pytest.raises(BadLogin):
        make(**wrong)
    assert not User.objects.exists()


def png(colour) -> tuple[io.BytesIO, int]:
    out = io.BytesIO()
    Image.new("RGB", (30, 30), colour).save(out, "PNG")
    return io.BytesIO(out.getvalue()), len(out.getvalue())


def test_a_new_picture_replaces_the_file_before(cast, django_capture_on_commit_callbacks):
    file, size = png("red")
    set_picture(cast.ben, file=file, size=size)
    first = cast.ben.avatar.name
    assert first.startswith("avatars/")
    assert first.endswith(".webp")
    file, size = png("blue")
    with django_capture_on_commit_callbacks(execute=True):
        set_picture(cast.ben, file=file, size=size)
    assert not default_storage.exists(first)
    assert default_storage.exists(cast.ben.avatar.name)
    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(cast.ben)
    assert User.objects.get(pk=cast.ben.pk).avatar_url == ""
    assert not any(default_storage.listdir("avatars")[1])


def sign_in(user: User) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return browser


def test_end_sessions_signs_out_everywhere_and_nobody_else(cast):
    browsers = [sign_in(cast.ben), sign_in(cast.ben)]
    other = sign_in(cast.cem)
    assert end_sessions(cast.ben) == 2
    assert Session.objects.count() == 1
    for browser in browsers:
        assert browser.get("/settings/profile/").status_code == 302
    assert other.get("/settings/profile/").status_code == 200


def test_what_keys_do_is_kept_with_the_person(client, cast):
    """N-62: by the page of writing or by the switch in the list of keys, for this user alone."""
    client.force_login(cast.ben)
    page = client.get("/conversations/").content.decode()
    assert 'data-keys="on"' in page
    assert client.post("/settings/writing/keys/").status_code == 204
    assert 'data-keys="off"' in client.get("/conversations/").content.decode()
    answer = client.post("/settings/writing/", {"undo_seconds": 10, "enter_sends": "on", "single_keys": "on"})
    assert answer.status_code == 303
    cast.ben.refresh_from_db()
    assert (cast.ben.undo_seconds, cast.ben.enter_sends, cast.ben.single_keys) == (10, True, True)
    assert User.objects.filter(enter_sends=True).count() == 1
    assert not User.objects.filter(single_keys=False).exists()
