"""What browsers get: sizes (loader ≤ 2.5 kB, everything ≤ 20 kB), freshness of what was built, no dependency."""

from __future__ import annotations

import gzip
import re

import pytest

from widget import assets, minify

HOME = minify.HOME


def packed(name: str) -> int:
    return len(gzip.compress((HOME / name).read_bytes(), 9))


def test_the_loader_is_at_most_two_and_a_half_kilobytes() -> None:
    assert packed("memo.js") <= 2_500


def test_everything_together_is_at_most_twenty_kilobytes() -> None:
    assert packed("memo.js") + packed("frame.js") + packed("frame.css") <= 20_000


def test_what_is_served_was_made_of_the_present_sources() -> None:
    """Otherwise: run `python -m widget.minify` and commit what it writes."""
    assert minify.is_current()


def test_a_changed_source_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minify, "_SHARED", ("ui/js/backoff.js",))
    assert not minify.is_current()


def test_the_modules_are_short() -> None:
    long = {path.name: count for path in HOME.glob("js/*.js") if (count := path.read_text().count("\n")) > 200}
    assert long == {}


def test_the_loader_has_no_cookie_and_asks_for_nothing_by_itself() -> None:
    text = (HOME / "memo.js").read_text()
    assert not re.search(r"cookie|fetch\(|XMLHttpRequest|sendBeacon|innerHTML|eval\(|new Function|style=", text)
    assert "postMessage" in text
    assert '"*"' not in text
    assert "'*'" not in text


def test_the_frame_speaks_to_named_origins_only_and_parses_no_markup() -> None:
    text = (HOME / "frame.js").read_text()
    assert not re.search(
        r"""innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|postMessage\([^)]*["']\*["']""", text
    )
    assert not re.search(r"^import\s", text, re.MULTILINE)


def test_sources_are_served_while_they_are_newer(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(minify, "is_current", lambda: False)
    found = assets.frame()
    assert found.start.endswith("widget/js/app.js")
    assert "memo/ui/backoff" in found.import_map
    assert any(address.endswith("widget/js/thread.js") for address in found.modules)


def test_production_never_looks_at_the_sources(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = False
    monkeypatch.setattr(minify, "is_current", lambda: pytest.fail("read the sources"))
    assert assets.frame().start.endswith("widget/frame.js")
