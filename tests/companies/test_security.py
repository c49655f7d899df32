"""A company asks everybody for a second factor: pages, verbs, fast lane and sockets; nobody shuts themselves out."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from companies.models import Company
from companies.second_factor import lacks_second_factor
from conversations.sessions import current_marks, member_of_session, member_of_user
from tests.accounts.sign_in import prove, sign_in, with_address, with_app

pytestmark = pytest.mark.usefixtures("clean_valkey")


@pytest.fixture
def asked(cast):
    Company.objects.filter(pk=cast.nordlicht.pk).update(second_factor_required=True)
    return cast


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_who_has_none_is_led_to_where_one_is_set_up(asked):
    ben = client_of(asked.ben)
    for address in ("/conversations/", "/settings/", "/companies/", "/settings/profile/"):
        assert ben.get(address)["Location"] == "/accounts/2fa/"
    assert b"asks everybody for a second step" in ben.get("/accounts/2fa/").content
    assert ben.post("/me/availability/", {"available": "0"}).status_code == 403
    fetched = ben.get("/conversations/", HTTP_X_MEMO_FETCH="1")
    assert (fetched.status_code, fetched.json()) == (403, {"error": "second_factor"})
    assert ben.post("/accounts/logout/").status_code == 302


def test_who_has_one_goes_on_working(asked):
    with_app(asked.ben)
    assert client_of(asked.ben).get("/conversations/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(asked):
    with_app(asked.ben)
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()
    assert lacks_second_factor(asked.member(asked.ben))


def test_sockets_and_the_fast_lane_ask_the_same(asked):
    key = client_of(asked.ben).session.session_key
    assert member_of_session(key) is None
    assert member_of_user(asked.ben.pk) is None
    assert current_marks([asked.ben.pk]) == {}, "open sockets are closed at the next look"
    with_app(asked.ben)
    assert member_of_session(key) is not None
    assert set(current_marks([asked.ben.pk])) == {asked.ben.pk}


def test_other_companies_are_not_asked(asked):
    assert client_of(asked.udo).get("/conversations/").status_code == 200


def test_an_admin_switches_it_on_once_they_have_one(cast, frames, django_capture_on_commit_callbacks):
    anna = client_of(cast.anna)
    assert anna.post("/settings/security/", {"required": "1"}).status_code == 422
    assert not Company.objects.get(pk=cast.nordlicht.pk).second_factor_required
    with_app(cast.anna)
    with django_capture_on_commit_callbacks(execute=True):
        assert anna.post("/settings/security/", {"required": "1"}).status_code == 303
    assert Company.objects.get(pk=cast.nordlicht.pk).second_factor_required
    told = {frame["g"] for frame in frames if frame["k"] == "rights"}
    assert told == {f"member.{user.public_id}" for user in (cast.ben, cast.cem, cast.dora)}
    page = anna.get("/settings/security/").content.decode()
    assert "3 people have none yet" in page
    assert anna.post("/settings/security/", {"required": "maybe"}).status_code == 422
    assert anna.post("/settings/security/", {"required": "0"}).status_code == 303
    assert client_of(cast.ben).get("/settings/security/").status_code == 403


def test_the_last_one_is_not_switched_off_while_it_is_asked_for(asked, client):
    ben = with_address(asked.ben)
    with_app(ben)
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    prove(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=ben, type=Authenticator.Type.TOTP).exists()


def test_no_further_query_for_companies_that_do_not_ask(cast, django_assert_num_queries):
    member = cast.member(cast.ben)
    with django_assert_num_queries(0):
        assert not lacks_second_factor(member)


def test_a_password_alone_no_longer_signs_in(asked, client):
    ben = with_address(asked.ben)
    with_app(ben)
    sign_in(client, ben)
    assert client.get("/conversations/")["Location"].startswith("/accounts/login/")
