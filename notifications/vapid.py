"""The key pair that push services know this installation by: given by the operator, or made of the secret key.

The secret key is made at the first start and kept beside the data, so the pair is the same in every process and after
every restart, and stands in no database, backup or repository.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from notifications.webpush import decoded, encoded, raw_point

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def private_key() -> ec.EllipticCurvePrivateKey:
    """MEMO_VAPID_PRIVATE_KEY as PEM or as 32 bytes in base64url, else the one made of the secret key."""
    return _key(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY)


def public_key() -> str:
    """What browsers are given when they subscribe: 65 bytes in base64url."""
    return encoded(raw_point(private_key().public_key()))


def contact() -> str:
    """Whom a push service writes to when something is wrong."""
    if settings.BASE_URL.startswith("https://"):
        return settings.BASE_URL
    return f"mailto:notify@{settings.MAIL_DOMAIN}"


@lru_cache(maxsize=4)
def _key(given: str, secret: str) -> ec.EllipticCurvePrivateKey:
    if given.startswith("-----BEGIN"):
        key = serialization.load_pem_private_key(given.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("MEMO_VAPID_PRIVATE_KEY must be a key of the curve P-256.")
        return key
    if given:
        number = int.from_bytes(decoded(given), "big")
    else:
        raw = HKDF(hashes.SHA256(), 48, salt=None, info=b"memo: push").derive(secret.encode())
        number = int.from_bytes(raw, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())
