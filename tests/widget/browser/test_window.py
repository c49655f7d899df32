"""The widget on the host page: where it may open, its size, a phone's screen, the keyboard; E-12, E-13, S-35."""

from __future__ import annotations

import pytest

from channels_app.models import Widget
from conversations.models import Message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_site_that_is_not_listed_cannot_open_it(shopper, team) -> None:
    """E-12, S-35: the browser itself refuses the frame; the page hears of it."""
    Widget.objects.update(allowed_origins=["https://elsewhere.example"])
    kim = shopper()
    kim.visit()
    heard = "new Promise((done) => { memo('on', 'error', done); memo('open') })"
    assert kim.page.evaluate(heard) == {"error": "unavailable"}
    team.wait(lambda: len(kim.page.frames) == 1, kim.page)
    assert any("frame-ancestors" in text for text in kim.complaints)
    kim.complaints.clear()


def test_the_size_is_kept(shopper) -> None:
    """E-13."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    width = "innerWidth"
    assert frame.evaluate(width) == 380
    frame.get_by_label("Enlarge").click()
    kim.page.wait_for_timeout(100)
    assert frame.evaluate(width) == 720
    kim.page.reload()
    assert kim.frame.evaluate(width) == 720
    kim.frame.get_by_label("Enlarge").click()
    kim.page.wait_for_timeout(100)
    assert kim.frame.evaluate("[innerWidth, innerHeight]") == [1280, 800]
    for _ in range(2):
        kim.frame.get_by_label("Make smaller").click()
        kim.page.wait_for_timeout(100)
    assert kim.frame.evaluate(width) == 380


def test_on_a_phone_it_fills_the_screen_and_gives_the_page_back(shopper) -> None:
    """E-13: 390×844."""
    kim = shopper(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    kim.visit()
    kim.page.touchscreen.tap(390 - 52, 844 - 52)
    frame = kim.frame
    frame.locator("textarea").wait_for()
    assert frame.evaluate("[innerWidth, innerHeight]") == [390, 844]
    assert frame.locator("[aria-label=Enlarge]").is_hidden()
    sizes = frame.evaluate(
        "[...document.querySelectorAll('textarea, input:not([type=file])')].map((e) => getComputedStyle(e).fontSize)"
    )
    assert min(float(size[:-2]) for size in sizes) >= 16
    frame.get_by_label("Close chat").tap()
    kim.page.wait_for_timeout(200)
    hit = kim.page.evaluate("document.elementFromPoint(100, 100).tagName")
    assert hit != "MEMO-WIDGET"


def test_the_keyboard_is_enough(shopper, team) -> None:
    """Tab to the button, open, write, close with Escape: the focus is back on the button."""
    kim = shopper()
    kim.visit()
    for _ in range(2):
        kim.page.keyboard.press("Tab")
    assert kim.page.evaluate("document.activeElement.tagName") == "MEMO-WIDGET"
    kim.page.keyboard.press("Enter")
    kim.frame.locator("textarea:focus").wait_for()
    kim.page.keyboard.type("By keyboard")
    kim.page.keyboard.press("Shift+Enter")
    kim.page.keyboard.type("second line")
    kim.page.keyboard.press("Enter")
    kim.frame.locator(".state.sent").wait_for()
    assert Message.objects.get().body == "By keyboard\nsecond line"
    kim.page.keyboard.press("Escape")
    kim.page.wait_for_timeout(100)
    assert kim.page.evaluate("document.activeElement.tagName") == "MEMO-WIDGET"
    kim.page.keyboard.press("Enter")
    kim.frame.locator("textarea:focus").wait_for()
