"""Where a push may go: to the services of browsers, never into the inner network (SSRF)."""

from __future__ import annotations

import socket

import pytest

from notifications import push_transport
from tests.notifications.pushes import ENDPOINT


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://updates.push.services.mozilla.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.0.0.1/x",
        "https://localhost/x",
        "https://push.evil.example/x",
        "https://updates.push.services.mozilla.com.evil.example/x",
        "https://evilfcm.googleapis.com.evil/x",
        "https://user@updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://updates.push.services.mozilla.com/x#part",
        "https://updates.push.services.mozilla.com/x y",
        "https://updates.push.services.mozilla.com/x\r\nHost: evil",
        "https://updates.push.services.mozilla.com/" + "x" * 1000,
        "https://push.apple.com.evil.example/x",
        "https://notpush.apple.com/x",
        "https://updates.push.services.mözilla.com/x",
        "file:///etc/passwd",
        "https://[broken/x",
        "",
    ],
)
def test_addresses_that_are_no_push_service(endpoint):
    with pytest.raises(push_transport.BadEndpoint):
        push_transport.check(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://web.push.apple.com/QN",
        "https://wns2-par02p.notify.windows.com/w/?token=x",
        "https://fcm.googleapis.com:443/x",
    ],
)
def test_the_services_of_the_browsers(endpoint):
    assert push_transport.check(endpoint).hostname


def test_an_operator_may_allow_others_but_never_the_inner_network(settings, monkeypatch):
    """The name is looked up once, and every address it has must be public; a mapped one is none."""
    settings.PUSH_HOSTS = ["*"]
    push_transport.check("https://push.somewhere.example/x")
    with pytest.raises(push_transport.BadEndpoint):
        push_transport.check("https://10.0.0.1/x")

    def names(*addresses):
        def lookup(host, port, **_):
            family = socket.AF_INET6 if ":" in addresses[0] else socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    for bad in (
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
        "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
    ):  # fmt: skip
        names("93.184.216.34", bad)
        with pytest.raises(push_transport.BadEndpoint):
            push_transport.public_address("push.somewhere.example")
    names("93.184.216.34")
    assert push_transport.public_address("push.somewhere.example") == "93.184.216.34"


def test_a_name_that_nobody_knows_is_worth_another_attempt(monkeypatch):
    def lookup(*_args, **_kwargs):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(push_transport.Unreachable):
        push_transport.post(ENDPOINT, {}, b"")
