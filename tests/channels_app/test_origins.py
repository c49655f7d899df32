"""Allowed origins of a widget: exact, normalised, hostile spellings refused (S-35)."""

import pytest

from channels_app.origins import BadOrigin, normalise, normalise_all


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("  HTTPS://Shop.Example/ ", "https://shop.example"),
        ("shop.example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://müller.example", "https://xn--mller-kva.example"),
    ],
)
def test_it_writes_an_origin_as_browsers_do(typed, origin):
    assert normalise(typed) == origin


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("*", "wildcard"),
        ("https://*.example.com", "wildcard"),
        ("javascript:alert(1)", "port"),
        ("javascript://alert", "scheme"),
        ("ftp://shop.example", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://shop.example/path", "more"),
        ("https://shop.example?x=1", "more"),
        ("https://shop.example#x", "more"),
        ("https://user:pass@shop.example", "more"),
        ("https://shop.example\\@evil.example", "more"),
        ("https://shop.example; script-src *", "wildcard"),
        ("https://shop.example;script-src", "host"),
        ("https://shop.example https://evil.example", "more"),
        ("https://shop.example\nX-Header: 1", "more"),
        ("https://'none'", "host"),
        ("https://shop_.example", "host"),
        ("https://-shop.example", "host"),
        ("https://shop..example", "host"),
        ("https://", "host"),
        ("https://[::1", "host"),
        ("https://[fe80::1%25eth0]", "host"),
        ("https://0x7f000001", "host"),
        ("https://127.1", "host"),
        ("https://shop.example:", "port"),
        ("https://shop.example:0", "port"),
        ("https://shop.example:99999", "port"),
        ("https://shop.example:8a", "port"),
        ("https://" + "a" * 64 + ".example", "host"),
        ("https://" + "a.b" * 90, "host"),
        ("null", None),
    ],
)
def test_it_refuses_what_is_no_exact_origin(typed, reason):
    if reason is None:
        # A bare word is a host name; the opaque origin “null” can never be allowed by it.
        assert normalise(typed) == "https://null"
        return
    with pytest.raises(BadOrigin) as refused:
        normalise(typed)
    assert refused.value.reason == reason


def test_it_keeps_the_order_and_each_origin_once():
    lines = ["https://b.example", "", "a.example", "https://B.example/", "  "]
    assert normalise_all(lines) == ["https://b.example", "https://a.example"]
