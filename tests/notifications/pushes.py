"""The other ends of a push: a browser with its keys, a push service without a network; and the worker between them."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from events import due
from notifications import pushing, webpush
from tests.notifications.minutes import at

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAA"
ADD = "/settings/notifications/push/"


class Browser:
    """The other side: its keys, and what it can open."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def point(self) -> bytes:
        return webpush.raw_point(self.key.public_key())

    @property
    def json(self) -> dict:
        return {"p256dh": webpush.encoded(self.point), "auth": webpush.encoded(self.auth)}

    def open(self, body: bytes) -> bytes:
        """RFC 8291 §3.4, written from the receiver's side."""
        salt, size = body[:16], body[20]
        sender = body[21 : 21 + size]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        keying = HKDF(hashes.SHA256(), 32, self.auth, b"WebPush: info\0" + self.point + sender).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(keying)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(keying)
        text = AESGCM(key).decrypt(nonce, body[21 + size :], None)
        assert text.endswith(b"\x02")
        return text[:-1]


class Service:
    """A push service on no network at all: answers what it is told to, remembers what it got."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, dict, bytes]] = []

    def __call__(self, endpoint, headers, body) -> int:
        self.got.append((endpoint, dict(headers), body))
        answer = self.answers.pop(0) if self.answers else 201
        if isinstance(answer, Exception):
            raise answer
        return answer


def add(client, browser: Browser, endpoint: str = ENDPOINT, **extra):
    body = {"endpoint": endpoint, "keys": browser.json, "expirationTime": None} | extra
    return client.post(ADD, body, content_type="application/json", headers={"User-Agent": "Firefox/140 Linux"})


def push(seconds: float, service: Service) -> int:
    """The deadlines and the queue as the worker settles them."""
    due.settle(at(seconds))
    return pushing.send_due(now=at(seconds), transport=service)
