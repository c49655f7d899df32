"""What is offered while one writes, when the writer is faster than the server: a key waits for its list; G-22…G-25, E-24."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from conversations.models import Message
from tests.browser.threads import LINES, at, held_back, until
from texts.actions import add_reply

pytestmark = [pytest.mark.browser]


@pytest.fixture
def slow(scene, person, request_of):
    """slow(address, enter=False): Ben's page, and what it asks of that address, which is held until it is let go."""

    def begin(address: str, *, enter: bool = False):
        User.objects.filter(pk=scene.ben.pk).update(enter_sends=enter, undo_seconds=0)
        add_reply(
            scene.nordlicht, owner=None, inbox_id=None, title="Greeting", shortcut="greet", text="Hello!",
            by=scene.anna, now=timezone.now(),
        )  # fmt: skip
        conversation, _visitor = request_of(scene.ben, name="Kim")
        ben = person(scene.ben)
        ben.expected = ("ERR_FAILED",)
        page = at(ben, conversation)
        held = held_back(page, address)
        page.locator("#composer-body").focus()
        return page, held

    return begin


def type_and_press(page, held, text: str, key: str = "Enter") -> None:
    """The key comes while the list is still on its way."""
    page.keyboard.type(text)
    until(lambda: held, page)
    page.keyboard.press(key)


def let_go(held) -> None:
    for route in held:
        route.continue_()


@pytest.mark.parametrize("address", ["**/texts/", "**/texts*.js"], ids=["values", "script"])
@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_a_key_that_was_faster_than_the_list_takes_from_it(slow, address, key):
    """Enter sends here: what was meant as a saved reply is never sent as “/greet”."""
    page, held = slow(address, enter=True)
    body = page.locator("#composer-body")
    type_and_press(page, held, "/greet", key)
    expect(body).to_have_value("/greet")
    expect(body).to_be_focused()
    let_go(held)
    expect(body).to_have_value("Hello!")
    expect(body).to_be_focused()
    assert not Message.objects.filter(author_kind="user").exists()


def test_a_key_goes_on_when_nothing_fits(slow):
    """“and /or” is a text like others: the line ends where Enter was pressed, and nothing that came after it is lost."""
    page, held = slow("**/texts/")
    body = page.locator("#composer-body")
    type_and_press(page, held, "this and /or")
    let_go(held)
    expect(body).to_have_value("this and /or\n")
    page.keyboard.type("that")
    expect(body).to_have_value("this and /or\nthat")


def test_where_enter_sends_it_sends_what_nothing_fits(slow):
    page, held = slow("**/texts/", enter=True)
    type_and_press(page, held, "this and /or")
    let_go(held)
    expect(page.locator(LINES).last).to_have_text("this and /or")
    expect(page.locator("#composer-body")).to_have_value("")


@pytest.mark.parametrize("address", ["**/texts/", "**/texts*.js"], ids=["values", "script"])
def test_nothing_is_sent_when_the_list_cannot_be_loaded(slow, address):
    """The words stay, and a second Enter is the writer's own decision."""
    page, held = slow(address, enter=True)
    type_and_press(page, held, "/greet")
    for route in held:
        route.abort()
    if address.endswith("/"):
        expect(page.locator("#composer-texts")).to_contain_text("could not be loaded")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator("#composer-body")).to_have_value("/greet")
    assert not Message.objects.filter(author_kind="user").exists()


def test_who_writes_on_is_not_interrupted(slow):
    """The key belonged to what stood there then: it is not pressed on other words."""
    page, held = slow("**/texts/", enter=True)
    type_and_press(page, held, "/greet")
    page.keyboard.type(" you")
    let_go(held)
    expect(page.locator("#composer-texts")).to_be_hidden()
    expect(page.locator("#composer-body")).to_have_value("/greet you")
    assert not Message.objects.filter(author_kind="user").exists()


def test_a_name_waits_too(slow):
    """“@ce” and Enter before the colleagues have come: a mention, not a line end (M-07)."""
    page, held = slow("**/names/")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    type_and_press(page, held, "Please look @ce")
    let_go(held)
    expect(page.locator("#composer-body")).to_have_value("Please look @Cem Aydın ")
