"""What slows down those who try addresses: one address in all its spellings is one account to the limits (S-50)."""

from __future__ import annotations

import hashlib
import unicodedata

from events import limits

# Mails that a form sends to one mailbox, whoever asks, and how long until all of them are allowed again.
_MAILS, _MAILS_PER_S = 5, 15 * 60


def folded(address: str) -> str:
    """One spelling for an address: any case, full-width letters and “plus” forms are the same mailbox."""
    plain = unicodedata.normalize("NFKC", address).strip().casefold()
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def may_mail(purpose: str, address: str) -> bool:
    """Whether one more mail of this purpose (reset, code, address) may go to the mailbox; False without Valkey."""
    mailbox = hashlib.sha256(folded(address).encode()).hexdigest()[:32]
    return limits.take(f"account:{purpose}:{mailbox}", limit=_MAILS, per_s=_MAILS_PER_S)


def plain_ascii(address: str) -> bool:
    """Look-alike letters (“ı”, “ﬁ”, Cyrillic) are in no address that signs in (S-48)."""
    return address.isascii()
