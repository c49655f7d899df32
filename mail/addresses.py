"""Addresses that carry a secret: reply tokens, bounce addresses and Message-IDs, and how they are read back."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from mail.decoding import domain_of
from mail.models import OutgoingMail, ReplyAddress

# First letter of every token: the way it was made. A new way gets a new letter and old mails stay answerable.
VERSION = "a"
LOOP_HEADER = "X-Memo-Loop"
_TOKEN = re.compile(r"[a-z][a-z2-7]{26}")
_LOCAL = re.compile(r"(reply|bounce)[+\-=]([a-z][a-z2-7]{26})")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def reply_address(*, kind: str, subject_id: int, recipient: str, recipient_email: str, now: datetime) -> str:
    """The address that only `recipient_email` gets in its mail (N-34); the same arguments give the same address.

    `kind` chooses the handler (memo/wiring.py), `subject_id` is its row, `recipient` like "user:5", "customer:7".
    """
    email = recipient_email.strip().lower()
    token = _token("reply", kind, str(subject_id), recipient, email)
    ReplyAddress.objects.get_or_create(
        token_hash=_hash(token),
        defaults={
            "kind": kind,
            "subject_id": subject_id,
            "recipient": recipient,
            "recipient_email": email,
            "created_at": now,
        },
    )
    return f"reply+{token}@{settings.MAIL_DOMAIN}"


def revoke(*, recipient: str, now: datetime) -> int:
    """Every address of this person stops counting (removed, disabled, e-mail changed); mails to it are held (S-17)."""
    return ReplyAddress.objects.filter(recipient=recipient, revoked_at=None).update(revoked_at=now)


def bounce_address(key: str) -> str:
    """The envelope sender of the mail with this key: a bounce to it names the mail without reading its text."""
    return f"bounce+{_token('bounce', key)}@{settings.MAIL_DOMAIN}"


def bounce_hash(key: str) -> str:
    """What OutgoingMail stores to be found by its bounce address."""
    return _hash(_token("bounce", key))


def message_id(*parts: object) -> str:
    """A Message-ID of ours: the same parts give the same id, and nobody can guess one."""
    name = ".".join(_UNSAFE.sub("-", str(part)) for part in parts)[:150]
    return f"<{name}.{_mac('message-id', name, 10)}@{settings.MAIL_DOMAIN}>"


def is_own_message_id(value: str) -> bool:
    """True when message_id() made it; an id that only looks like ours (own mail domain, guessed) is not."""
    local, _, domain = value.strip().strip("<>").rpartition("@")
    name, _, mac = local.rpartition(".")
    if not name or domain.lower() != settings.MAIL_DOMAIN.lower():
        return False
    return constant_time_compare(mac.lower(), _mac("message-id", name, 10))


def reply_token(address: str) -> str | None:
    """The token in an address of ours, whatever case or folding a gateway left; None when it is none of ours."""
    return _token_in(address, "reply")


def bounce_token(address: str) -> str | None:
    """The token of a bounce address of ours; None when it is none."""
    return _token_in(address, "bounce")


def find_reply_address(address: str) -> ReplyAddress | None:
    """The row behind a reply address; None for a wrong letter, another domain, an unknown token. At most one query."""
    token = reply_token(address)
    return ReplyAddress.objects.filter(token_hash=_hash(token)).first() if token else None


def find_reply_addresses(candidates: Iterable[str]) -> list[ReplyAddress]:
    """The distinct rows behind several addresses, in their order (the same mail to two tokens counts for both)."""
    found = (find_reply_address(candidate) for candidate in candidates)
    return list({row.pk: row for row in found if row}.values())


def find_bounced(address: str) -> OutgoingMail | None:
    """The mail whose bounce address this is."""
    token = bounce_token(address)
    return OutgoingMail.objects.filter(bounce_hash=_hash(token)).first() if token else None


def is_known(address: str) -> bool:
    """May a mail to this address be taken in at all? Asked at RCPT, so that nobody else has to send a bounce."""
    return find_reply_address(address) is not None or find_bounced(address) is not None


def is_own_sender(address: str) -> bool:
    """True for the addresses only this installation writes from: From, reply and bounce addresses."""
    own = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
    return address.lower() == own or bool(reply_token(address) or bounce_token(address))


def _token_in(address: str, prefix: str) -> str | None:
    address = address.strip().strip("<>").strip().lower()
    local, _, _ = address.rpartition("@")
    local, domain, own = local.strip('"'), domain_of(address), settings.MAIL_DOMAIN.lower()
    if domain == own:
        match = _LOCAL.fullmatch(local)
        return match[2] if match and match[1] == prefix else None
    if domain == f"{prefix}.{own}":
        return local if _TOKEN.fullmatch(local) else None
    return None


def _token(purpose: str, *parts: str) -> str:
    return VERSION + _mac(purpose, "\x00".join(parts), 16)


def _mac(purpose: str, value: str, size: int) -> str:
    """HMAC-SHA256 cut to `size` bytes, as lower-case base32 without padding (gateways fold the case of addresses)."""
    digest = salted_hmac(f"mail.{purpose}", value, algorithm="sha256").digest()[:size]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()
