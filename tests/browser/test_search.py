"""Search in a real browser: by keys and by hand, on a desk and on a phone, to the message itself and back; axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conversations.models import Message, SearchLine
from tests.browser.conftest import PATIENCE_MS, say
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def needle(scene, request_of):
    """A long thread of Ben's with one word in its middle, and a second conversation; all of it searchable."""
    conversation, visitor = request_of(scene.ben, "Two pendants are missing", name="Käthe Übermüller")
    for number in range(80):
        say(
            conversation, scene.ben, f"Line {number}" if number != 20 else "Die Jahresrechnungsnummer <b>fehlt</b> noch"
        )
    say(conversation, visitor, "Thank you")
    request_of(scene.ben, "A dimmer hums", name="Lea Stein")
    return conversation


def readable(page, count: int) -> None:
    """The worker has read in everything."""
    for _ in range(PATIENCE_MS // 50):
        if SearchLine.objects.count() >= count:
            return
        page.wait_for_timeout(50)
    pytest.fail("the worker did not read the messages in")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_field_to_the_message(scene, person, needle, scheme):
    """/, a part of a word, the excerpt, the thread at that message with the list of results beside it, its end."""
    page = person(scene.ben, color_scheme=scheme).page
    readable(page, Message.objects.count())
    page.goto("/conversations/")
    page.wait_for_function("document.querySelector('memo-list')?.links")
    page.keyboard.press("/")
    field = page.locator("#search-field")
    expect(field).to_be_focused()
    field.fill("rechnung")
    page.keyboard.press("Enter")
    hit = page.locator(".hit")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text("Jahresrechnungsnummer")
    expect(hit).to_contain_text("<b>fehlt</b>")
    assert axe(page) == []
    hit.click()
    message = page.locator("#messages .found")
    expect(message).to_contain_text("Jahresrechnungsnummer")
    expect(message).to_be_in_viewport()
    expect(hit).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?at=\d+"))
    assert axe(page) == []
    page.get_by_role("link", name="Newest messages").click()
    expect(page.locator("#messages")).to_contain_text("Thank you")
    expect(page.locator("#messages .found")).to_have_count(0)


def test_by_keys_to_the_first_hit_and_out_again(scene, person, needle):
    """Enter goes on to the first hit, ArrowDown too; Esc empties the field, then leaves it; the message shows the word."""
    page = person(scene.ben).page
    readable(page, Message.objects.count())
    page.goto("/search/")
    field = page.locator("#search-field")
    field.fill("missing")
    page.keyboard.press("Enter")
    expect(page.locator("#search .crow").first).to_be_focused()
    expect(page).to_have_url(re.compile(r"/search/\?q=missing$"))
    field.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#search .crow").first).to_be_focused()
    field.focus()
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#search .crow").first).to_be_focused()
    page.locator(".hit").first.click()
    expect(page.locator("#messages .found")).to_contain_text("missing")
    page.wait_for_function("[...CSS.highlights.get('found')].map(String).length === 1")


def test_filters_people_and_nothing_found(scene, person, needle):
    """Results come without a new page; the address keeps what was asked; words when there is nothing."""
    page = person(scene.ben).page
    readable(page, Message.objects.count())
    page.goto("/search/")
    expect(page.get_by_role("heading", name="Everything you may see")).to_be_visible()
    page.locator("#search-field").fill("uebermueller")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("turbo-frame#search .crow")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=uebermueller"))
    page.locator("#search-field").fill("missing")
    page.get_by_text("Filters").click()
    page.get_by_label("Person").fill("Stein")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Without filters").click()
    expect(page.locator(".hit")).to_have_count(1)


def test_on_a_phone(scene, person, needle):
    """One column, nothing wider than the screen; a result opens the thread, back leads to the results."""
    page = person(scene.ben, **PHONE).page
    readable(page, Message.objects.count())
    page.goto("/search/?q=line&kind=customer")
    expect(page.locator(".hit").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []
    page.locator(".hit").first.click()
    expect(page.locator("#messages")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?at=\d+"))
    page.go_back()
    expect(page.locator(".hit").first).to_be_visible()


def test_without_scripts(scene, person, needle):
    """Field, results, the next page, the thread at the message: all by links and forms."""
    page = person(scene.ben, java_script_enabled=False).page
    readable(page, Message.objects.count())
    page.goto("/conversations/")
    page.locator("#search-field").fill("line")
    page.locator("#search-field").press("Enter")
    expect(page.locator(".hit")).to_have_count(25)
    page.get_by_role("link", name="Older results").click()
    expect(page.locator(".hit")).to_have_count(25)
    page.goto("/search/?q=jahresrechnung")
    page.locator(".hit").click()
    expect(page.locator("#messages li:target")).to_contain_text("Jahresrechnungsnummer")
