"""What a page keeps rendered: by content, language and zone; nothing of one reader reaches another."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from ui import pieces
from ui.pieces import render_piece

LINE = "conversations/_message.html"
DATA = {
    "m": {
        "c": "1", "seq": 1, "id": "x", "kind": "customer", "body": "<b>hello</b>", "at": "2026-03-02T10:00:00+00:00",
        "author": {"kind": "visitor", "id": "7", "name": "Kim", "avatar": ""}, "via": "app",
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_kept(settings):
    settings.DEBUG = False
    pieces._kept.clear()


def test_the_same_data_is_rendered_once(monkeypatch):
    asked = []
    monkeypatch.setattr(pieces, "get_template", lambda name: asked.append(name) or _Fixed())
    assert render_piece(LINE, DATA) == render_piece(LINE, {"m": dict(DATA["m"])}) == "fixed"
    assert asked == [LINE]


class _Fixed:
    def render(self, data: dict) -> str:
        return "fixed"


def test_other_data_another_language_or_zone_is_another_piece():
    """No reader gets what was rendered for another one's data; the body stays escaped text (S-22)."""
    first = render_piece(LINE, DATA)
    assert "&lt;b&gt;hello" in first
    assert ">You<" not in first
    assert ">You<" in render_piece(LINE, DATA | {"mine": True})
    kept = len(pieces._kept)
    with translation.override("de"):
        render_piece(LINE, DATA)
    assert len(pieces._kept) == kept + 1
    with timezone.override("Asia/Tokyo"):
        assert "19:00" in render_piece(LINE, DATA)
    with timezone.override("UTC"):
        assert "10:00" in render_piece(LINE, DATA)
    assert "bye" in render_piece(LINE, {"m": DATA["m"] | {"body": "bye"}})


def test_what_is_kept_is_bounded(monkeypatch):
    """A flood of new rows, or one of 100,000 characters, does not fill the memory."""
    monkeypatch.setattr(pieces, "_MOST", 3)
    for number in range(10):
        render_piece(LINE, {"m": DATA["m"] | {"seq": number}})
    assert len(pieces._kept) == 3
    render_piece(LINE, {"m": DATA["m"] | {"body": "x" * 100_000}})
    assert all(len(html) < 20_000 for html in pieces._kept.values())
