"""Pure: the visitor's bearer token (256 random bits); only its SHA-256 is ever stored."""

from __future__ import annotations

import hashlib
import re
import secrets

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """64 hexadecimal characters."""
    return hashlib.sha256(token.encode()).hexdigest()


def well_formed(token: object) -> bool:
    """Whether this can be a token at all; asked before any look-up (security.md §8.11)."""
    return isinstance(token, str) and _SHAPE.fullmatch(token) is not None
