"""Only the topmost Authentication-Results, only of our own server."""

from __future__ import annotations

import pytest

from mail.authentication import read_authentication

OURS = "mx.memo.example"
PASS = f"{OURS}; dmarc=pass (p=reject) header.from=nordlicht.example"


def _proves(*headers: str, sender: str = "ben@nordlicht.example", server: str = OURS) -> bool:
    return read_authentication(list(headers), server).proves(sender)


@pytest.mark.parametrize(
    "header",
    [
        PASS,
        f"{OURS} 1; spf=fail smtp.mailfrom=x.example; dmarc=pass header.from=nordlicht.example",
        f"{OURS.upper()}; DMARC=PASS header.from=Nordlicht.example",
        f"{OURS}; dkim=pass header.d=nordlicht.example; spf=pass smtp.mailfrom=b@mail.nordlicht.example".replace(
            "mail.", ""
        ),
        f'{OURS}; dkim=pass header.i=@nordlicht.example; spf=pass smtp.mailfrom="ben@nordlicht.example"',
        f"{OURS}; (a (nested; dmarc=fail) comment) dmarc=pass header.from=nordlicht.example",
    ],
)
def test_what_proves_a_sender(header):
    """DMARC pass, or DKIM and SPF both aligned."""
    assert _proves(header)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (f"{OURS}; none",),
        ("evil.example; dmarc=pass header.from=nordlicht.example",),
        (f"evil.example; x={OURS}; dmarc=pass",),
        (f"{OURS}.evil.example; dmarc=pass header.from=nordlicht.example",),
        (f"{OURS}; dmarc=fail header.from=nordlicht.example", PASS),
        (f"{OURS}; dmarc=none header.from=nordlicht.example",),
        ("other.example; dmarc=none", PASS),
        (f"{OURS}; dmarc=pass header.from=evil.example",),
        (f"{OURS}; dkim=pass header.d=nordlicht.example",),
        (f"{OURS}; spf=pass smtp.mailfrom=nordlicht.example",),
        (f"{OURS}; dkim=pass header.d=example; spf=pass smtp.mailfrom=example",),
        (f"{OURS}; dkim=pass header.d=nordlicht.example; spf=pass smtp.mailfrom=evil.example",),
        (f"{OURS}; (dmarc=pass header.from=nordlicht.example)",),
        (f"({OURS}); dmarc=pass header.from=nordlicht.example",),
        ("(" * 8000,),
    ],
)
def test_what_proves_nothing(headers):
    """Case 13, S-55: forged headers below ours, other servers, other domains, half a proof, comments."""
    assert not _proves(*headers)


def test_without_a_server_of_ours_nothing_is_read():
    """An unset MAIL_AUTHSERV_ID matches no header, not even an empty one."""
    assert not _proves(PASS, server="")
    assert not _proves("; dmarc=pass header.from=nordlicht.example", server="")
