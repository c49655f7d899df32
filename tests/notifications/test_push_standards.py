"""A push by the standards: sealed (RFC 8291), signed (RFC 8292), with a key pair of the installation's own."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifications import vapid, webpush
from tests.cast import NOW
from tests.notifications.pushes import ENDPOINT, Browser


def test_the_example_of_the_standard():
    """RFC 8291, appendix A, byte for byte."""
    sender = ec.derive_private_key(
        int.from_bytes(webpush.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = webpush.sealed(
        b"When I grow up, I want to be a watermelon",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        sender=sender,
        salt=webpush.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert webpush.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_only_the_browser_with_the_keys_opens_it():
    mine, other = Browser(), Browser()
    body = webpush.sealed(b"secret", **mine.json)
    assert mine.open(body) == b"secret"
    assert webpush.sealed(b"secret", **mine.json) != body
    with pytest.raises(InvalidTag):
        other.open(body)


def test_the_signature_names_the_service_and_us(settings):
    """RFC 8292: for this origin alone, for hours, with whom to write to."""
    settings.BASE_URL = "https://memo.example"
    header = webpush.authorization(f"{ENDPOINT}?x=1", key=vapid.private_key(), contact=vapid.contact(), now=NOW)
    kind, token, key = header.replace(",", "").split()
    assert kind == "vapid"
    assert key == f"k={vapid.public_key()}"
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.decoded(vapid.public_key()))
    claims = jwt.decode(
        token.removeprefix("t="),
        point,
        algorithms=["ES256"],
        audience="https://updates.push.services.mozilla.com",
        options={"verify_exp": False},
    )
    assert claims["sub"] == "https://memo.example"
    assert claims["exp"] == int((NOW + timedelta(hours=12)).timestamp())


def test_the_key_pair_is_the_same_in_every_process_and_another_s_is_another(settings):
    """Made of the secret key, or given as PEM or as 32 bytes."""
    first = vapid.public_key()
    vapid._key.cache_clear()
    assert vapid.public_key() == first
    settings.SECRET_KEY = "another-secret-key-of-another-installation"
    assert vapid.public_key() != first
    own = ec.generate_private_key(ec.SECP256R1())
    settings.VAPID_PRIVATE_KEY = webpush.encoded(own.private_numbers().private_value.to_bytes(32, "big"))
    assert vapid.public_key() == webpush.encoded(webpush.raw_point(own.public_key()))
    settings.VAPID_PRIVATE_KEY = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    assert vapid.public_key() == webpush.encoded(webpush.raw_point(own.public_key()))
