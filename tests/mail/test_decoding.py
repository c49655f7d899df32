"""Text from bytes, whatever charset and headers a sender makes up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import decoding


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        ("“Größe”".encode("cp1252"), "iso-8859-1", "“Größe”"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "charset=us-ascii", "Grüße"),
        ("Grüße".encode(), "fakescii", "Grüße"),
        ("Grüße".encode(), "", "Grüße"),
        ("你好".encode("gbk"), "x-gbk", "你好"),
        ("שלום".encode("iso-8859-8"), "iso-8859-8-i", "שלום"),
        (b"Gr\xfc\x81", "utf-8", "Gr\xfc�"),
        ("Grüße".encode(), "unicode_escape", "Grüße"),
        ("Grüße".encode(), "idna", "Grüße"),
        ("Grüße".encode(), "zip", "Grüße"),
        ("Grüße".encode(), "\0", "Grüße"),
    ],
)
def test_the_charset_ladder(data, charset, text):
    """Case 4 and S-57: declared, else UTF-8, else Windows-1252; no codec that is no alphabet."""
    assert decoding.decode(data, charset) == text


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_raises(data, charset):
    """Case 4: any bytes under any charset are text."""
    assert isinstance(decoding.decode(data, charset), str)


@given(st.text(max_size=400))
def test_headers_never_raise_and_are_one_clean_line(value):
    """S-44: no header value keeps a line end or a control character."""
    shown = decoding.header_text(value)
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)
    assert all("@" in address for _, address in decoding.addresses([value]))


def test_encoded_words_are_joined_before_they_are_decoded():
    """Clients cut inside a letter; case 29 (wrapped headers with umlauts)."""
    value = "=?utf-8?b?R3LDvMM=?=\r\n =?utf-8?b?n2U=?= aus =?iso-8859-1?q?K=F6ln?="
    assert decoding.header_text(value) == "Grüße aus Köln"


@pytest.mark.parametrize(
    "broken", ["=?utf-8?b?%%%?=", "=?utf-8?x?a?=", "=?x?q?=ZZ?=", "=?utf-8?b?R3L?=", "=?" * 500, "=?a?b?" * 500]
)
def test_broken_encoded_words_stay_text(broken):
    """Nothing raises on what only looks encoded."""
    assert isinstance(decoding.header_text(broken), str)


def test_direction_overrides_leave_names_and_subjects():
    """Case 45: a name cannot turn the letters that follow it around."""
    assert decoding.header_text("abc\u202efdp\u2066x\u200f") == "abcfdpx"


def test_eight_bit_senders_are_read():
    """Case 6: an unencoded umlaut in From neither hides the address nor breaks anything."""
    raw = "Jürgen Groß <j@kunde.example>".encode("latin-1").decode("ascii", "surrogateescape")
    assert decoding.addresses([raw]) == [("Jürgen Groß", "j@kunde.example")]


@pytest.mark.parametrize(
    "value",
    [
        "(" * 20_000 + "a@b.example",
        "<" * 20_000,
        '"' * 8000,
        "a@b.example, " * 5000,
        ",;:<>@[]" * 1000,
        "=?utf-8?q?" * 1000,
    ],
)
def test_hostile_address_lists_are_bounded(value):
    """S-57: 20,000 brackets, 10,000 recipients."""
    assert len(decoding.addresses([value] * 3)) <= decoding.ADDRESSES_CAP


def test_of_many_references_the_first_and_the_last_remain():
    """S-57: 100 kB of References."""
    ids = [f"<{number}@x.example>" for number in range(5000)]
    kept = decoding.message_ids([" ".join(ids)])
    assert kept == [ids[0], *ids[-19:]]


def test_addresses_compare_as_mailboxes():
    """Case and the two spellings of an international domain do not matter; names never do (case 48)."""
    assert decoding.same_address("Ben@Müller.example", "ben@xn--mller-kva.example")
    assert not decoding.same_address("", "")
    assert decoding.addresses(['"support@firma.example" <x@evil.example>']) == [
        ("support@firma.example", "x@evil.example")
    ]
