"""Who is in this browser: minting, tokens, typed and signed identities, ends (N-19…N-21, S-18, S-20, S-50, S-52)."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import jwt
import pytest
import redis
from django.utils import timezone

from conversations.models import Conversation
from customers.models import Customer, Visitor
from customers.tokens import token_hash
from events import valkey
from events.origin import network_of, shortened
from tests.cast import make_customer, make_widget
from tests.widget.conftest import Door
from widget import cookies, identity, limits

pytestmark = pytest.mark.django_db


def proof(widget, subject: str = "42", **claims) -> str:
    at = int(time.time())
    full = {"sub": subject, "email": f"kim{subject}@abc.com", "name": "Kim Larsen", "iat": at, "exp": at + 600}
    return jwt.encode({**full, "aud": widget.public_key, **claims}, widget.identity_secret, algorithm="HS256")


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


# --- typed identity ------------------------------------------------------------------------------------------
def test_a_typed_name_and_address_make_an_unverified_customer(visitor: Door) -> None:
    """N-20: the agent sees them, marked unverified; a record is created."""
    answer = visitor.post("session/", {"name": " Kim\r\n Larsen ", "email": "Kim@ABC.com"}).json()
    assert answer["visitor"] | {"id": ""} == {
        "id": "",
        "name": "Kim Larsen",
        "email": "kim@abc.com",
        "verified": False,
    }
    customer = Customer.objects.get(email="kim@abc.com")
    assert (customer.first_name, customer.last_name, customer.created_via) == ("Kim", "Larsen", "widget")
    assert customer.email_verified_at is None
    assert Visitor.objects.get().customer == customer


def test_a_typed_address_of_an_existing_customer_links_nothing(visitor: Door, cast) -> None:
    """Nobody gets into another's history by typing an address."""
    kim = make_customer(cast.nordlicht, "Kim", "kim@abc.com")
    answer = visitor.post("session/", {"name": "Mallory", "email": "KIM@abc.com"}).json()
    row = Visitor.objects.get()
    assert answer["visitor"]["email"] == "kim@abc.com"
    assert (row.customer, row.verified, row.name) == (None, False, "Mallory")
    visitor.start()
    assert Conversation.objects.get().customer is None
    kim.refresh_from_db()
    assert (kim.first_name, kim.created_via) == ("Kim", "form")


@pytest.mark.parametrize("email", ["kim", "kim@", "a@b@c", "kim@abc.com\r\nBcc: x@y.z", "x" * 250 + "@abc.com"])
def test_what_is_no_address_is_refused(visitor: Door, email: str) -> None:
    """S-44: nothing with a line break gets near a header."""
    answer = visitor.post("session/", {"email": email})
    assert answer.status_code in {400, 422}
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "data", ["[]", "text", "[1]", "5", {"name": 5}, {"name": ["x"]}, {"email": {"a": 1}}, {"name": "\x00"}]
)
def test_what_is_no_session_request_is_refused(door: Door, data: object) -> None:
    assert door.post("session/", {"start": True} | data if isinstance(data, dict) else data).status_code == 400


def test_an_endless_body_is_refused(door: Door) -> None:
    assert door.post("session/", {"name": "x" * 70_000}).status_code == 413


# --- signed identity -----------------------------------------------------------------------------------------
def test_a_signed_identity_makes_a_verified_customer(door: Door, widget) -> None:
    answer = door.post("session/", {"jwt": proof(widget)}).json()
    assert answer["visitor"]["verified"] is True
    customer = Customer.objects.get()
    assert (customer.email, customer.external_id, customer.name) == ("kim42@abc.com", "42", "Kim Larsen")
    assert customer.email_verified_at is not None


def test_a_signed_address_joins_the_existing_record(door: Door, widget, cast) -> None:
    kim = make_customer(cast.nordlicht, "Kim", "KIM42@abc.com")
    door.post("session/", {"jwt": proof(widget)})
    kim.refresh_from_db()
    assert (Customer.objects.count(), kim.external_id) == (1, "42")
    assert Visitor.objects.get().customer == kim


def test_proving_oneself_changes_the_token(visitor: Door, widget) -> None:
    """Who knew the anonymous token does not inherit the person's history."""
    visitor.start()
    old = visitor.token
    answer = visitor.post("session/", {"jwt": proof(widget)}).json()
    assert answer["token"] not in {"", old}
    assert Door(visitor.key, token=old).get("conversations/").status_code == 401
    visitor.token = answer["token"]
    assert len(visitor.get("conversations/").json()["conversations"]) == 1
    again = visitor.post("session/", {"jwt": proof(widget)}).json()
    assert again["token"] == visitor.token


def test_a_signed_person_finds_their_conversations_in_another_browser(door: Door, widget) -> None:
    """E-15: sees earlier conversations and writes on in one."""
    door.token = door.post("session/", {"jwt": proof(widget)}).json()["token"]
    conversation = door.start("From my desk")["conversation"]["c"]
    phone = Door(door.key)
    phone.token = phone.post("session/", {"jwt": proof(widget)}).json()["token"]
    assert [one["c"] for one in phone.get("conversations/").json()["conversations"]] == [conversation]
    assert phone.say(conversation, "From my phone").status_code == 201
    assert Visitor.objects.count() == 2


def test_another_person_in_the_same_browser_starts_anew(door: Door, widget) -> None:
    door.token = door.post("session/", {"jwt": proof(widget, "42")}).json()["token"]
    door.start()
    door.token = door.post("session/", {"jwt": proof(widget, "43")}).json()["token"]
    assert door.get("conversations/").json()["conversations"] == []
    assert Customer.objects.count() == 2


def test_who_only_claimed_an_address_loses_the_record_to_its_owner(visitor: Door, widget) -> None:
    """The claim made a record first; the owner who proves it gets it, without the claimer's conversations."""
    visitor.post("session/", {"name": "Mallory", "email": "kim42@abc.com"})
    visitor.start("I am Kim, honest")
    owner = Door(visitor.key)
    owner.token = owner.post("session/", {"jwt": proof(widget)}).json()["token"]
    assert owner.get("conversations/").json()["conversations"] == []
    conversation = Conversation.objects.get()
    assert (conversation.customer, conversation.visitor.customer) == (None, None)
    assert conversation.visitor.email == "kim42@abc.com"
    assert len(visitor.get("conversations/").json()["conversations"]) == 1


def test_the_digest_of_a_user_id_is_a_signed_identity_too(door: Door, widget) -> None:
    data = {"user": "kim@abc.com", "hash": identity.sign(widget.identity_secret, "kim@abc.com")}
    assert door.post("session/", data).json()["visitor"]["verified"] is True
    assert Customer.objects.get().email == "kim@abc.com"


def test_a_bare_user_id_is_known_again(door: Door, widget) -> None:
    data = {"user": "42", "hash": identity.sign(widget.identity_secret, "42")}
    first = door.post("session/", data).json()
    door.token = first["token"]
    assert door.post("session/", data).json()["visitor"]["id"] == first["visitor"]["id"]
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"jwt": ""},
        {"jwt": None},
        {"jwt": "null"},
        {"jwt": []},
        {"user": "42"},
        {"user": "42", "hash": None},
        {"user": "42", "hash": []},
        {"hash": "0" * 64},
        {"user": ["42"], "hash": "0" * 64},
    ],
)
def test_a_proof_that_does_not_hold_is_never_taken_as_anonymous(door: Door, data: dict) -> None:
    """S-18: refused as a whole, nothing stored."""
    answer = door.post("session/", data | {"start": True})
    assert (answer.status_code, answer.json()["error"]) == (403, "identity")
    assert not Visitor.objects.exists()


def test_a_proof_for_another_widget_or_tenant_does_not_hold(door: Door, cast) -> None:
    sibling, foreign = make_widget(cast.nordlicht, cast.support), make_widget(cast.sued)
    for other in (sibling, foreign):
        assert door.post("session/", {"jwt": proof(other)}).status_code == 403
        digest = identity.sign(other.identity_secret, "42")
        assert door.post("session/", {"user": "42", "hash": digest}).status_code == 403


def test_rotation_keeps_the_old_key_until_it_is_dropped(door: Door, widget) -> None:
    old = proof(widget)
    widget.previous_identity_secret, widget.identity_secret = widget.identity_secret, "f" * 64
    widget.save()
    assert door.post("session/", {"jwt": old}).status_code == 200
    widget.previous_identity_secret = ""
    widget.save()
    assert door.post("session/", {"jwt": old}).status_code == 403


def test_verified_only_admits_nobody_else(visitor: Door, widget) -> None:
    """The setting counts for tokens that were given before it, too."""
    widget.verified_only = True
    widget.save()
    for data in ({}, {"start": True}, {"name": "Kim", "email": "kim@abc.com"}):
        answer = Door(visitor.key).post("session/", data)
        assert (answer.status_code, answer.json()["error"]) == (403, "identity_required")
    assert visitor.get("conversations/").status_code == 403
    visitor.token = visitor.post("session/", {"jwt": proof(widget)}).json()["token"]
    assert visitor.get("conversations/").status_code == 200


# --- page, end, limits ---------------------------------------------------------------------------------------
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


def test_new_visitors_are_limited_by_address(door: Door) -> None:
    """S-50: a flood from one address; spoofed X-Forwarded-For changes nothing without a trusted proxy."""
    allowed = limits.TABLE["mint"][0][0]
    codes = [
        Door(door.key, address="198.51.100.1")
        .post("session/", {"start": True}, HTTP_X_FORWARDED_FOR=f"10.0.0.{turn}")
        .status_code
        for turn in range(allowed + 5)
    ]
    assert codes.count(200) == allowed
    assert codes[-5:] == [429] * 5
    assert Door(door.key, address="198.51.100.2").post("session/", {"start": True}).status_code == 200


def test_guessing_tokens_is_limited_and_logged(door: Door, capsys, caplog) -> None:
    """S-52."""
    allowed = limits.TABLE["guess"][0][0]
    door.address = "198.51.100.3"
    codes = []
    # The bucket refills while a slow machine asks: a few more may pass before it is empty, never fewer.
    while len(codes) < 4 * allowed and 429 not in codes:
        door.token = uuid.uuid4().hex + "abcdefghijk"
        codes.append(door.get("conversations/").status_code)
    assert codes[:-1] == [401] * (len(codes) - 1)
    assert len(codes) > allowed
    assert codes[-1] == 429
    assert door.get("conversations/")["Retry-After"] == "5"


def test_without_valkey_the_known_go_on_and_strangers_wait(visitor: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-04: sending keeps answering 2xx; what lets somebody in does not fail open."""

    class Down:
        def __getattr__(self, name: str):
            def fail(*_: object, **__: object) -> None:
                raise redis.ConnectionError

            return fail

    conversation = visitor.start()["conversation"]["c"]
    monkeypatch.setattr(valkey, "client", Down)
    assert visitor.say(conversation).status_code == 201
    assert visitor.get("conversations/").status_code == 200
    assert Door(visitor.key).post("session/", {"start": True}).status_code == 429
    assert Door(visitor.key, token="a" * 43).get("conversations/").status_code == 429
    assert visitor.post("ticket/").status_code == 503


def test_the_trusted_proxy_tells_the_address(rf, settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2, 203.0.113.9", REMOTE_ADDR="10.0.0.1")
    assert network_of(request) == "203.0.113.9"
    settings.TRUSTED_PROXY_COUNT = 2
    assert network_of(request) == "2.2.2.2"
    settings.TRUSTED_PROXY_COUNT = 4
    assert network_of(request) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 0
    assert network_of(request) == "10.0.0.1"
    assert network_of(rf.get("/", REMOTE_ADDR="2001:db8:1:2:3::4")) == "2001:db8:1:2::"
    assert network_of(rf.get("/", REMOTE_ADDR="rubbish")) == "unknown"
    assert (shortened("203.0.113.9"), shortened("2001:db8:1:2::")) == ("203.0.113", "2001:db8:1:2:")
