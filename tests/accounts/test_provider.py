"""Signing in through the installation's OpenID Connect provider: a small issuer on the loopback tells true and forged."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from memo import env
from memo.env import MissingSetting
from tests.accounts.sign_in import signed_in, with_address, with_app

pytestmark = pytest.mark.usefixtures("clean_valkey")
CLIENT = "memo-client"


class Issuer:
    """What the provider says; tests change `claims` and `token`."""

    def __init__(self) -> None:
        self.claims: dict = {}
        self.token: dict = {}
        self.asked: list[dict] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(issuer.document() if ".well-known" in self.path else issuer.claims)

            def do_POST(self) -> None:
                fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                issuer.asked.append({name: values[0] for name, values in fields.items()})
                self.answer({"access_token": "secret-token", "token_type": "Bearer", "id_token": issuer.id_token()})

            def answer(self, data: dict) -> None:
                body = json.dumps(data).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self) -> dict:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def id_token(self) -> str:
        now = int(time.time())
        facts = {"iss": self.address, "aud": CLIENT, "sub": "5", "iat": now, "exp": now + 60}
        return jwt.encode(facts | self.claims | self.token, "x" * 32, algorithm="HS256")


@pytest.fixture
def issuer(settings):
    running = Issuer()
    settings.OIDC_ISSUER, settings.OIDC_NAME = running.address, "Works Login"
    settings.SOCIALACCOUNT_PROVIDERS = env.oidc(
        running.address, name="Works Login", client_id=CLIENT, client_secret="hush"
    )
    yield running
    running.server.shutdown()
    running.server.server_close()


def go(client: Client, *, state: str | None = None, next_url: str = ""):
    """To the provider and back, as a browser does."""
    away = client.post("/accounts/oidc/sso/login/", {"next": next_url} if next_url else {})
    asked = parse_qs(urlsplit(away["Location"]).query)
    back = {"code": "abc", "state": state or asked["state"][0]}
    return client.get("/accounts/oidc/sso/login/callback/", back)


@pytest.fixture
def ben(cast) -> User:
    return with_address(cast.ben)


def test_a_person_who_exists_is_signed_in_by_an_address_that_both_have_proved(client, ben, issuer):
    issuer.claims = {"sub": "5", "email": ben.email.upper(), "email_verified": True}
    assert "Go on with Works Login" in client.get("/accounts/login/").content.decode()
    assert go(client, next_url="/settings/")["Location"] == "/settings/"
    assert signed_in(client)
    assert issuer.asked[0]["code_verifier"], "the code is bound to this browser (PKCE)"
    assert not SocialAccount.objects.exists(), "nothing is connected for good"
    assert User.objects.get(pk=ben.pk).has_usable_password()


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False}, {"email_verified": "false"}, {"email_verified": "true"}, {"email_verified": 1}, {},
        {"email_verified": True, "email": "nobody@x.example"}, {"email_verified": True, "email": ""},
        {"email_verified": True, "email": ["ben@nordlicht.example"]},
    ],
    ids=["no", "word no", "word yes", "number", "absent", "nobody here", "empty", "a list"],
)  # fmt: skip
def test_nothing_else_signs_in_and_nobody_is_made(client, ben, issuer, claims):
    issuer.claims = {"sub": "5", "email": ben.email} | claims
    before = User.objects.count()
    answer = go(client)
    assert not signed_in(client)
    assert User.objects.count() == before
    assert answer.status_code in {302, 200}


@pytest.mark.parametrize("forged", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}])
def test_a_token_for_somebody_else_or_of_yesterday_is_refused(client, ben, issuer, forged):
    issuer.claims = {"sub": "5", "email": ben.email, "email_verified": True}
    issuer.token = forged
    go(client)
    assert not signed_in(client)


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(client, ben, issuer):
    issuer.claims = {"sub": "5", "email": ben.email, "email_verified": True}
    go(client, state="made-up")
    assert not signed_in(client)
    other = Client()
    away = client.post("/accounts/oidc/sso/login/")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    other.get("/accounts/oidc/sso/login/callback/", {"code": "abc", "state": state})
    assert not signed_in(other)


def test_an_address_that_is_not_proved_here_or_switched_off_signs_nobody_in(client, ben, issuer):
    issuer.claims = {"sub": "5", "email": ben.email, "email_verified": True}
    ben.emailaddress_set.update(verified=False)
    go(client)
    assert not signed_in(client)
    ben.emailaddress_set.update(verified=True)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    go(client)
    assert not signed_in(client)


def test_the_second_factor_is_asked_for_here_too(client, ben, issuer):
    with_app(ben)
    issuer.claims = {"sub": "5", "email": ben.email, "email_verified": True}
    assert go(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(client)


def test_a_signed_in_person_connects_nothing(client, ben, issuer):
    client.force_login(ben, backend="django.contrib.auth.backends.ModelBackend")
    issuer.claims = {"sub": "5", "email": ben.email, "email_verified": True}
    away = client.post("/accounts/oidc/sso/login/?process=connect")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    client.get("/accounts/oidc/sso/login/callback/", {"code": "abc", "state": state})
    assert not SocialAccount.objects.exists()


def test_a_get_does_not_begin_it(client, db, issuer):
    """Another site cannot send somebody through a login (S-49)."""
    assert client.get("/accounts/oidc/sso/login/").status_code == 200


def test_without_a_provider_there_is_no_button_and_no_way(client, db):
    assert "oidc" not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/oidc/sso/login/").status_code == 404


def test_half_a_configuration_is_said_at_the_start():
    with pytest.raises(MissingSetting, match="MEMO_OIDC_CLIENT_ID"):
        env.oidc("https://id.example", name="x", client_id="", client_secret="")
    assert env.oidc("", name="x", client_id="", client_secret="") == {}
    assert env.origin("https://id.example/realms/x") == ["https://id.example"]
