"""Pure: identities that the site's owner has signed – a JWT, or a user id with its HMAC (S-18)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from jwt.types import Options

MAX_LIFE_S = 24 * 60 * 60
CLOCK_SKEW_S = 60
MAX_SUBJECT = 120
_DIGEST = re.compile(r"[0-9a-f]{64}")


class IdentityRefused(Exception):
    """The proof does not hold; the text is for the log, never for the visitor."""


@dataclass(frozen=True)
class SignedIdentity:
    """Who the site says this is: its own id of the person, and the address and name that it signed (or empty)."""

    subject: str
    email: str
    name: str


def from_jwt(token: object, *, key: str, secrets: Iterable[str], now: datetime) -> SignedIdentity:
    """Check an HS256 token: `aud` is the widget's key, `exp` within 24 hours of `iat`; raises IdentityRefused."""
    if not isinstance(token, str) or not 20 < len(token) < 4_096:
        raise IdentityRefused("not a token")
    claims = _decode(token, secrets)
    if claims.get("aud") != key:
        raise IdentityRefused("another audience")
    _check_times(claims, now)
    return SignedIdentity(
        _subject(claims.get("sub")), _email(claims.get("email") or _if_address(claims.get("sub"))), _name(claims)
    )


def from_hash(user: object, digest: object, *, secrets: Iterable[str]) -> SignedIdentity:
    """Check hex(HMAC-SHA256(secret, user)) in lower case; it proves the user id alone; raises IdentityRefused."""
    subject = _subject(user)
    if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
        raise IdentityRefused("not a digest")
    matches = [hmac.compare_digest(_hmac(secret, subject), digest) for secret in _usable(secrets)]
    if not any(matches):
        raise IdentityRefused("digest does not match")
    return SignedIdentity(subject, _email(_if_address(subject)), "")


def sign(secret: str, user: str) -> str:
    """The digest that from_hash() accepts; for documentation pages and tests."""
    return _hmac(secret, user)


def _hmac(secret: str, subject: str) -> str:
    return hmac.new(secret.encode(), subject.encode(), hashlib.sha256).hexdigest()


def _usable(secrets: Iterable[str]) -> list[str]:
    return [secret for secret in secrets if secret]


def _decode(token: str, secrets: Iterable[str]) -> dict:
    options: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    for secret in _usable(secrets):
        try:
            return jwt.decode(token, secret, algorithms=["HS256"], options=options)
        except jwt.InvalidTokenError:
            continue
    raise IdentityRefused("signature does not match")


def _check_times(claims: dict, now: datetime) -> None:
    issued, expires, not_before = claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in (issued, expires, not_before)):
        raise IdentityRefused("times are missing")
    at = now.astimezone(UTC).timestamp()
    if not issued < expires <= issued + MAX_LIFE_S:
        raise IdentityRefused("lives too long")
    if at >= expires or issued > at + CLOCK_SKEW_S or not_before > at + CLOCK_SKEW_S:
        raise IdentityRefused("not valid now")


def _subject(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_SUBJECT or value != value.strip():
        raise IdentityRefused("no subject")
    return value


def _if_address(value: object) -> str:
    return value if isinstance(value, str) and "@" in value else ""


def _email(value: object) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or len(value) > 254:
        raise IdentityRefused("no address")
    try:
        validate_email(value)
    except ValidationError:
        raise IdentityRefused("no address") from None
    return value.lower()


def _name(claims: dict) -> str:
    name = claims.get("name", "")
    if not isinstance(name, str):
        raise IdentityRefused("no name")
    return name[:200]
