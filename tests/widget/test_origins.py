"""Origins of a widget: exact, and never a way to write into a header (S-14, S-35)."""

from __future__ import annotations

import pytest

from widget import origins


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "'self'",
        "https://*.example",
        "https://shop.example/path",
        "https://user@shop.example",
        "https://shop.example; script-src *",
        "https://a https://b",
        "https://a\nX-Header: 1",
        "javascript:alert(1)",
        "ftp://shop.example",
        "https://shop.example:70000",
    ],
)
def test_what_is_no_origin_never_reaches_the_header(written: str) -> None:
    assert origins.frame_ancestors([written]) == "'none'"


def test_an_empty_list_allows_nowhere() -> None:
    assert origins.frame_ancestors([]) == "'none'"
    assert origins.frame_ancestors(["*", "https://a; b"]) == "'none'"


def test_the_directive_lists_each_site_once() -> None:
    listed = ["https://a.example/", "https://b.example", "https://A.example", "*"]
    assert origins.frame_ancestors(listed) == "https://a.example https://b.example"


def test_an_address_is_stored_without_its_query() -> None:
    assert origins.without_query("https://a.example/x?token=1#y") == "https://a.example/x"
    assert origins.of_address("https://a.example:8/x?y") == "https://a.example:8"
    assert origins.of_address("javascript:alert(1)") == ""
    assert origins.of_address("https://[broken") == ""
