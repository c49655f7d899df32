"""Signed identities: the table of S-18, key rotation, times; pure, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from widget.identity import IdentityRefused, SignedIdentity, from_hash, from_jwt, sign

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KEY, SECRET, OTHER = "pk_shop", "a" * 64, "b" * 64


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    at = int(NOW.timestamp())
    full = {"sub": "42", "email": "Kim@abc.com", "name": "Kim Larsen", "iat": at, "exp": at + 3600, "aud": KEY} | claims
    return jwt.encode({name: value for name, value in full.items() if value is not ...}, secret, algorithm=algorithm)


def check(text: object, *secrets: str) -> SignedIdentity:
    return from_jwt(text, key=KEY, secrets=secrets or (SECRET,), now=NOW)


def test_a_valid_token_names_the_person() -> None:
    assert check(token()) == SignedIdentity("42", "kim@abc.com", "Kim Larsen")


def test_both_secrets_hold_while_keys_are_rotated() -> None:
    """Two secrets for rotation; the old one dies when the owner drops it."""
    assert check(token(OTHER), SECRET, OTHER).subject == "42"
    assert check(token(SECRET), SECRET, OTHER).subject == "42"
    with pytest.raises(IdentityRefused):
        check(token(OTHER), SECRET, "")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("null", id="null"),
        pytest.param([], id="array"),
        pytest.param({"jwt": 1}, id="object"),
        pytest.param("a.b.c" * 20, id="rubbish"),
        pytest.param("x" * 5_000, id="endless"),
        pytest.param(token(OTHER), id="another secret"),
        pytest.param(token(aud="pk_other"), id="another widget"),
        pytest.param(token(aud=[KEY]), id="audience in a list"),
        pytest.param(token(aud=KEY.upper()), id="wrong case"),
        pytest.param(token(aud=...), id="no audience"),
        pytest.param(token(algorithm="HS512"), id="another algorithm"),
        pytest.param(jwt.encode({"sub": "42"}, None, algorithm="none"), id="no algorithm"),
        pytest.param(token(sub=...), id="no subject"),
        pytest.param(token(sub=""), id="empty subject"),
        pytest.param(token(sub=" 42"), id="padded subject"),
        pytest.param(token(sub="x" * 121), id="endless subject"),
        pytest.param(token(email="kim"), id="no address"),
        pytest.param(token(email=["kim@abc.com"]), id="address in a list"),
        pytest.param(token(name={"first": "Kim"}), id="name as an object"),
        pytest.param(token(exp=...), id="no expiry"),
        pytest.param(token(iat=...), id="no issue time"),
        pytest.param(token(exp=int(NOW.timestamp())), id="expired"),
        pytest.param(token(iat=int(NOW.timestamp()) - 90_000, exp=int(NOW.timestamp()) + 60), id="lives too long"),
        pytest.param(token(iat=int(NOW.timestamp()) + 120, exp=int(NOW.timestamp()) + 600), id="from the future"),
        pytest.param(token(nbf=int(NOW.timestamp()) + 120), id="not yet"),
    ],
)
def test_a_token_that_does_not_hold_is_refused(text: object) -> None:
    with pytest.raises(IdentityRefused):
        check(text)


def test_a_token_dies_by_the_clock_that_is_passed_in() -> None:
    text = token()
    assert from_jwt(text, key=KEY, secrets=[SECRET], now=NOW + timedelta(seconds=3599)).subject == "42"
    with pytest.raises(IdentityRefused):
        from_jwt(text, key=KEY, secrets=[SECRET], now=NOW + timedelta(seconds=3600))


def test_without_secrets_nothing_holds() -> None:
    """An empty secret never signs anything."""
    with pytest.raises(IdentityRefused):
        from_hash("42", sign("", "42"), secrets=["", ""])
    with pytest.raises(IdentityRefused):
        check(token("c" * 32), "")


def test_a_digest_proves_the_user_id_alone() -> None:
    assert from_hash("42", sign(SECRET, "42"), secrets=[SECRET]) == SignedIdentity("42", "", "")
    assert from_hash("kim@abc.com", sign(SECRET, "kim@abc.com"), secrets=[SECRET]).email == "kim@abc.com"
    assert from_hash("42", sign(OTHER, "42"), secrets=[SECRET, OTHER]).subject == "42"


@pytest.mark.parametrize(
    ("user", "digest"),
    [
        pytest.param("42", None, id="missing"),
        pytest.param("42", "", id="empty"),
        pytest.param("42", "null", id="null"),
        pytest.param("42", [], id="array"),
        pytest.param("42", sign(SECRET, "42").upper(), id="wrong case"),
        pytest.param("42", sign(SECRET, "42")[:-1], id="cut off"),
        pytest.param("42", sign(SECRET, "43"), id="of another identifier"),
        pytest.param("42", sign(OTHER, "42"), id="of another widget or tenant"),
        pytest.param(None, sign(SECRET, ""), id="no user"),
        pytest.param("", sign(SECRET, ""), id="empty user"),
        pytest.param(42, sign(SECRET, "42"), id="number"),
        pytest.param("no@address@", sign(SECRET, "no@address@"), id="no address"),
    ],
)
def test_a_digest_that_does_not_hold_is_refused(user: object, digest: object) -> None:
    with pytest.raises(IdentityRefused):
        from_hash(user, digest, secrets=[SECRET])
