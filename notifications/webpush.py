"""Pure: push messages as the standards want them – sealed for one browser (RFC 8291), signed by us (RFC 8292)."""

from __future__ import annotations

import base64
import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD = 4096
_SIGNED_FOR = timedelta(hours=12)


class BadKeys(ValueError):
    """The browser's keys are none."""


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes again; raises BadKeys."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise BadKeys("This is no base64.") from None


def raw_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def check_keys(p256dh: str, auth: str) -> None:
    """Raises BadKeys unless the two can seal a message."""
    _receiver(p256dh)
    if len(decoded(auth)) != 16:
        raise BadKeys("The shared secret has 16 bytes.")


def _receiver(p256dh: str) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(p256dh))
    except ValueError:
        raise BadKeys("This is no point of the curve.") from None


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def sealed(
    payload: bytes,
    *,
    p256dh: str,
    auth: str,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of the request: one record that only the browser with these keys can open. `sender` and `salt` are made
    anew for each message. Raises BadKeys.
    """
    receiver, secret = _receiver(p256dh), decoded(auth)
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    own = raw_point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), receiver)
    keying = _derived(shared, secret, b"WebPush: info\0" + raw_point(receiver) + own, 32)
    key = _derived(keying, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(keying, salt, b"Content-Encoding: nonce\0", 12)
    text = AESGCM(key).encrypt(nonce, payload + b"\x02", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(own)]) + own + text


def authorization(endpoint: str, *, key: ec.EllipticCurvePrivateKey, contact: str, now: datetime) -> str:
    """The Authorization header for the endpoint's origin. `contact`: mailto: or https: of whoever runs this."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + _SIGNED_FOR).timestamp()), "sub": contact}
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token}, k={encoded(raw_point(key.public_key()))}"
