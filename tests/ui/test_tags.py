"""The template atoms: what they write, and that hostile names stay text (S-…: escaping of tenant text)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from ui.templatetags.ui import UnknownIcon, icon_names

ROOT = Path(__file__).resolve().parent.parent.parent
HOSTILE = '"><script>alert(1)</script>'


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_icon_is_decoration_unless_it_has_a_label():
    assert render('{% icon "send" "s" %}') == (
        '<svg class="i i-s" aria-hidden="true"><use href="/static/ui/icons.svg#send"/></svg>'
    )
    assert 'role="img" aria-label="Send"' in render('{% icon "send" label="Send" %}')


def test_icons_that_point_are_mirrored_where_text_runs_right_to_left():
    assert "i-flip" in render('{% icon "back" %}')
    assert "i-flip" not in render('{% icon "check" %}')


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(UnknownIcon):
        render('{% icon "unicorn" %}')


def test_the_sprite_has_every_icon_that_the_templates_name():
    sprite = (ROOT / "static/ui/icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert drawn == icon_names()
    for path in (ROOT / "templates").rglob("*.html"):
        assert set(re.findall(r'{% icon "([^"]+)"', path.read_text())) <= drawn, path


def test_avatar_escapes_the_name_and_the_address():
    person = {"name": HOSTILE, "id": "1", "avatar": f"/p/{HOSTILE}"}
    html = render("{% avatar person 's' 'on' label=True %}", person=person)
    assert "<script" not in html
    assert html.count("<span") == html.count("<img") == 1


def test_avatar_shape_size_and_presence():
    html = render("{% avatar person 'xs' 'away' %}", person={"name": "Kim Berg", "id": "1"})
    assert re.fullmatch(r'<span class="av p[1-8] xs away" aria-hidden="true">KB</span>', html)


def test_badge_escapes():
    assert render("{% badge text 'note' 'lock' %}", text=HOSTILE).count("<") == 5


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, ""), (4, "4"), (999, "999"), (1000, "999+")],
)
def test_count_shows_nothing_for_nothing_and_says_its_word(number, shown):
    html = render('{% count n "new" %}', n=number)
    assert html == (f'<span class="count new">{shown}<span class="vh"> unread</span></span>' if shown else "")


def test_time_carries_the_moment_in_utc_and_words_in_the_readers_zone():
    moment = dt.datetime(2026, 11, 23, 9, 31, 5, 123456, tzinfo=dt.UTC)
    with timezone.override("Europe/Berlin"), translation.override("en"):
        html = render('{% time moment "clock" %}', moment=moment)
    assert html == '<memo-time format="clock"><time datetime="2026-11-23T09:31:05.123Z">10:31</time></memo-time>'


@pytest.mark.parametrize(
    ("language", "days", "style", "shown"),
    [
        ("en", 0, "row", "09:05"),
        ("de", 0, "row", "09:05"),
        ("de", 1, "row", "So"),
        ("sv", 3, "row", "fre"),
        ("en", 20, "row", "3 Nov"),
        ("de", 20, "row", "3. Nov."),
        ("en", 400, "row", "19 Oct 2025"),
        ("de", 0, "full", "23. November 2026, 09:05"),
        ("sv", 0, "full", "23 november 2026, 09:05"),
        ("en", 0, "day", "Monday, 23 November"),
        ("de", 400, "day", "Sonntag, 19. Oktober 2025"),
    ],
)
def test_time_without_scripts_is_short_and_in_the_readers_way(monkeypatch, language, days, style, shown):
    now = dt.datetime(2026, 11, 23, 9, 31, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    moment = dt.datetime(2026, 11, 23, 8, 5, tzinfo=dt.UTC) - dt.timedelta(days=days)
    if days == 400:
        moment -= dt.timedelta(hours=1)  # summer time
    with timezone.override("Europe/Berlin"), translation.override(language):
        html = render("{% time moment style %}", moment=moment, style=style)
    assert f">{shown}</time>" in html


def test_time_reads_the_text_that_a_frame_carries():
    iso = "2026-11-23T10:31:05+01:00"
    assert 'datetime="2026-11-23T09:31:05.000Z"' in render('{% time moment "row" %}', moment=iso)
    assert render("{% time moment %}", moment=None) == ""


@pytest.mark.parametrize(
    ("agent", "short"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/130 Mobile Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox, Windows"),
        ("curl/8.9", "curl/8.9"),
        ("x" * 300, "x" * 60),
    ],
)
def test_device_names_browser_and_system(agent, short):
    assert render("{{ agent|device }}", agent=agent) == short
