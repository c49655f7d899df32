"""Plain text as HTML: escaped, links that tell nothing, bounded time; S-22, S-26, S-27."""

from __future__ import annotations

import time

import pytest

from conversations.linking import MAX_LINKS, linked

LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{1}</a>'


@pytest.mark.parametrize(
    ("text", "address", "around"),
    [
        ("see https://a.example/x, please", "https://a.example/x", ("see ", ", please")),
        ("(https://a.example/x)", "https://a.example/x", ("(", ")")),
        ("https://a.example/x_(y)", "https://a.example/x_(y)", ("", "")),
        ("https://a.example/?q=1&r=2!", "https://a.example/?q=1&amp;r=2", ("", "!")),
        ("HTTP://A.EXAMPLE", "HTTP://A.EXAMPLE", ("", "")),
        ("line\nhttps://a.example\nnext", "https://a.example", ("line\n", "\nnext")),
        ("„https://a.example“", "https://a.example", ("„", "“")),
    ],
)
def test_addresses_become_links(text, address, around):
    """Punctuation around an address is not part of it; brackets that belong together stay."""
    assert linked(text) == around[0] + LINK.format(address, address) + around[1]


def test_www_gets_a_scheme():
    """What people write without a scheme goes to https."""
    assert linked("www.a.example") == LINK.format("https://www.a.example", "www.a.example")


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "kim@www.a.example",
        "xhttps://a.example",
        "https://",
        "http://x",
        "ftp://a.example",
    ],
)
def test_everything_else_stays_text(text):
    """Only web addresses; no scheme that a script could hide in."""
    assert "<a" not in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        'https://a.example/"onmouseover="alert(1)',
        "https://a.example/<b>",
        "'\"&<>",
        "https://a.example/'x",
    ],
)
def test_nothing_breaks_out(text):
    """S-22: no tag but our links, no attribute but ours."""
    html = str(linked(text))
    rest = (
        html.replace('" target="_blank" rel="noopener noreferrer nofollow">', "")
        .replace('<a href="', "")
        .replace("</a>", "")
    )
    assert "<" not in rest
    assert '"' not in rest


def test_at_most_so_many_links():
    """Ten thousand addresses are text after the first two hundred."""
    assert linked("https://a.example/x " * 10_000).count("<a ") == MAX_LINKS


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "(",
        "<a",
        "https://",
        "www.",
        "http://a.b/" + ")" * 1400 + " ",
        "😀",
        "\u202e",
        "e\u0301" * 50,
        "https://a.example/x ",
    ],
)
def test_a_megabyte_of_nonsense_costs_nothing(piece):
    """S-26: 1 MB takes at most 50 ms; the best of three runs counts, the machine may be busy."""
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    took = []
    for _ in range(3):
        began = time.process_time()
        linked(text)
        took.append(time.process_time() - began)
    assert min(took) < 0.25  # a bad expression takes minutes
