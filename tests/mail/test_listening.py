"""The mail entrance on real sockets: SMTP, LMTP, sizes, unknown addresses, a database that is away."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading

import pytest
from django.db import OperationalError

from mail import actions, addresses, listening
from mail.models import IncomingMail
from tests.mail.conftest import BEN, raw_mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entrance():
    """entrance(lmtp=False): a running entrance on a free port; the port."""
    stops = []

    def run(*, lmtp: bool = False) -> int:
        ready, found = threading.Event(), {}

        async def serve() -> None:
            server = await listening.listen(host="127.0.0.1", port=0, lmtp=lmtp)
            found.update(port=server.sockets[0].getsockname()[1], loop=asyncio.get_running_loop(), stop=asyncio.Event())
            ready.set()
            async with server:
                await found["stop"].wait()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        assert ready.wait(10)
        stops.append((found, thread))
        return found["port"]

    yield run
    for found, thread in stops:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(10)


def _smtp(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, timeout=10)


def test_a_mail_is_stored_before_250(entrance, ben_address):
    """Raw bytes and envelope are in the database when the client hears 250."""
    raw = raw_mail()
    with _smtp(entrance()) as client:
        client.sendmail(BEN, [ben_address.upper()], raw)
        row = IncomingMail.objects.get()
    assert (bytes(row.raw), row.recipient, row.envelope_from, row.via) == (raw + b"\r\n", ben_address, BEN, "smtp")


def test_an_unknown_address_is_refused_at_rcpt(entrance, ben_address):
    """Cases 14 and 15: 550 5.1.1, the same for a changed letter, a foreign domain and nonsense."""
    local, _, domain = ben_address.partition("@")
    answers = set()
    with _smtp(entrance()) as client:
        client.ehlo()
        client.mail("x@y.example")
        wrong = (
            f"{local[:-2]}aa@{domain}",
            f"{local}@other.example",
            "postmaster@memo.example",
            "notify@memo.example",
            "x@y.example",
        )
        for address in wrong:
            answers.add(client.rcpt(address))
        assert answers == {(550, b"5.1.1 There is no such address here")}
        assert client.rcpt(ben_address)[0] == 250
    assert not IncomingMail.objects.exists()


def test_guessing_addresses_ends_in_come_back_later(entrance, ben_address, monkeypatch):
    """S-52: a walk through tokens is slowed and leaves a line in the log; nothing tells a hit from a miss."""
    monkeypatch.setattr(listening, "GUESSES_CAP", 3)
    with _smtp(entrance()) as client:
        client.ehlo()
        client.mail("x@y.example")
        codes = [
            client.rcpt(f"reply+a{number:026d}@memo.example".replace("0", "b").replace("1", "c"))[0]
            for number in range(4)
        ]
        assert codes == [550, 550, 550, 421]
        assert client.rcpt(ben_address)[0] == 421


def test_one_bad_recipient_does_not_hurt_the_good_one(entrance, ben_address):
    """Per-recipient answers."""
    with _smtp(entrance()) as client:
        refused = client.sendmail(BEN, ["nobody@memo.example", ben_address], raw_mail())
    assert list(refused) == ["nobody@memo.example"]
    assert IncomingMail.objects.count() == 1


def test_a_bounce_comes_in_with_the_null_sender(entrance, queued):
    """Bounce addresses are known addresses."""
    queued("notice:1")
    with _smtp(entrance()) as client:
        client.sendmail("", [addresses.bounce_address("notice:1")], raw_mail())
    assert IncomingMail.objects.get().envelope_from == ""


def test_too_large_is_refused_before_it_is_sent(entrance, ben_address):
    """Case 46: at MAIL FROM with SIZE, and after DATA for who lies about it."""
    with _smtp(entrance()) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(25 * 1024 * 1024)
        assert client.mail(BEN, [f"size={26 * 1024 * 1024}"])[0] == 552
        assert client.mail(BEN, ["size=10"])[0] == 250
        assert client.rcpt(ben_address)[0] == 250
        line = b"x" * 998 + b"\r\n"
        assert client.data(raw_mail("") + line * (26 * 1024 * 1024 // 1000))[0] == 552
    assert not IncomingMail.objects.exists()


def test_a_smuggled_second_mail_is_part_of_the_first(entrance, ben_address):
    """Case 50: only CR LF . CR LF ends a mail."""
    port = entrance()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        reader = client.makefile("rb")
        reader.readline()
        for line in (b"HELO x", f"MAIL FROM:<{BEN}>".encode(), f"RCPT TO:<{ben_address}>".encode(), b"DATA"):
            client.sendall(line + b"\r\n")
            assert reader.readline()[:1] in b"23"
        inner = f"\n.\nMAIL FROM:<eve@evil.example>\nRCPT TO:<{ben_address}>\nDATA\nsecond\n.\n".encode()
        client.sendall(raw_mail("first") + inner + b"\r\n.\r\n")
        assert reader.readline().startswith(b"250")
    assert b"second" in bytes(IncomingMail.objects.get().raw)


def test_long_lines_are_taken_in(entrance, ben_address):
    """Programs that ignore the 998 letters of a line lose no mail."""
    with _smtp(entrance()) as client:
        client.sendmail(BEN, [ben_address], raw_mail("word " * 5000))
    assert IncomingMail.objects.count() == 1


def test_a_database_that_is_away_means_try_again(entrance, ben_address, monkeypatch):
    """R-02: 451, never a lost mail and never a bounce."""
    with _smtp(entrance()) as client:
        client.ehlo()
        client.mail(BEN)
        client.rcpt(ben_address)

        def fail(*args, **given):
            raise OperationalError("gone")

        monkeypatch.setattr(actions, "receive", fail)
        assert client.data(raw_mail())[0] == 451
        monkeypatch.setattr(addresses, "is_known", fail)
        client.mail(BEN)
        assert client.rcpt(ben_address)[0] == 451


def test_lmtp_takes_one_recipient_per_mail(entrance, ben_address, kim_address):
    """RFC 2033 owes one answer per recipient: with one recipient the one answer is right, the other comes again."""
    client = smtplib.LMTP("127.0.0.1", entrance(lmtp=True))
    client.ehlo()
    client.mail(BEN)
    assert client.rcpt(ben_address)[0] == 250
    assert client.rcpt(kim_address)[0] == 452
    assert client.data(raw_mail())[0] == 250
    client.quit()
    assert IncomingMail.objects.get().via == "lmtp"


def test_too_many_connections_are_told_to_come_back(entrance, monkeypatch):
    """A flood costs 32 connections, then 421."""
    monkeypatch.setattr(listening, "CONNECTIONS_CAP", 2)
    port = entrance()
    first, second = _smtp(port), _smtp(port)
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        _smtp(port)
    assert refused.value.smtp_code == 421
    first.quit()
    second.quit()


def test_no_token_is_logged(entrance, ben_address, caplog):
    """S-58: addresses are secrets."""
    with caplog.at_level("DEBUG"), _smtp(entrance()) as client:
        client.sendmail(BEN, [ben_address], raw_mail())
    assert ben_address.partition("@")[0] not in caplog.text
