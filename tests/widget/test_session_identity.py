"""Who somebody in this browser says they are: typed, or signed by the site's owner (N-19, N-20, E-15, S-18, S-44)."""

from __future__ import annotations

import time

import jwt
import pytest

from conversations.models import Conversation
from customers.models import Customer, Visitor
from tests.cast import make_customer, make_widget
from tests.widget.conftest import Door
from widget import identity

pytestmark = pytest.mark.django_db


def proof(widget, subject: str = "42", **claims) -> str:
    at = int(time.time())
    full = {"sub": subject, "email": f"kim{subject}@abc.com", "name": "Kim Larsen", "iat": at, "exp": at + 600}
    return jwt.encode({**full, "aud": widget.public_key, **claims}, widget.identity_secret, algorithm="HS256")


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
