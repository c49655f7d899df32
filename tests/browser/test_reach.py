"""What one presses is in reach at every width and in every language; Enter and Esc do what they say and nothing else."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from conversations.models import ConversationHead, Tagging
from tests.browser.conftest import say
from tests.browser.test_lists import PHONE, ready
from tests.cast import accepted_by
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]


def box(locator) -> dict:
    """Its edges in the window."""
    return locator.evaluate("(one) => one.getBoundingClientRect().toJSON()")


def apart(one, two) -> bool:
    """Whether two boxes leave each other alone."""
    a, b = box(one), box(two)
    return a["right"] <= b["left"] or b["right"] <= a["left"] or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]


def inside(locator, page) -> bool:
    edges, view = box(locator), page.viewport_size
    width, height = view["width"], view["height"]
    return edges["left"] >= 0 and edges["top"] >= 0 and edges["right"] <= width and edges["bottom"] <= height


def at(page, conversation, tail: str = ""):
    page.goto(f"/conversations/{conversation.public_id}/{tail}")
    page.wait_for_selector("memo-composer:defined")
    return page


def selected(page, number: int = 1):
    """The page with so many rows ticked."""
    for n in range(number):
        page.locator("#rows .pick").nth(n).check(force=True)
    expect(page.locator("[data-picked]")).to_contain_text(str(number))
    return page


def with_menu(page):
    """The page with the menu of the selected ones open and filled."""
    page.locator("[popovertarget=bulk-more]").click()
    expect(page.locator("#bulk-tag")).to_be_visible()
    return page.locator("#bulk-more")


def open_ones() -> int:
    return ConversationHead.objects.filter(status="open").count()


def test_enter_in_the_selected_ones_never_closes(scene, person, request_of):
    """In the tag's field it puts the tag on; without a word, or on a tick, it does nothing."""
    for n in range(2):
        request_of(scene.ben, f"Question {n}")
    page = selected(ready(person(scene.ben).page), 2)
    with_menu(page)
    page.locator("#bulk-tag").press("Enter")
    expect(page.locator("#bulk-tag")).to_be_focused()
    page.locator("#bulk-tag").fill("brass")
    page.keyboard.press("Escape")
    page.locator("#rows .pick").first.press("Enter")
    expect(page.locator("[data-picked]")).to_have_text("2 selected")
    with_menu(page)
    page.locator("#bulk-tag").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("2 tagged")
    assert (open_ones(), Tagging.objects.count()) == (2, 2)


def test_enter_in_the_reason_assigns_to_nobody(scene, person, request_of):
    """It goes to the first name, which a second Enter takes."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.anna).page, conversation)
    page.locator("[popovertarget=thread-menu]").click()
    page.locator("#thread-menu [name=reason]").fill("Knows the lamp")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-menu [aria-labelledby=assign-label] .item").first).to_be_focused()
    assert ConversationHead.objects.get(pk=conversation.pk).assignee_id == scene.ben.pk


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 1280, "height": 720}}, PHONE])
def test_the_menu_of_the_selected_ones_opens_inside_the_window(scene, person, request_of, options):
    """The first time, too, when its choices are still to be fetched. Esc closes it and leaves the selection."""
    request_of(scene.ben)
    page = selected(ready(person(scene.ben, **options).page))
    assert inside(with_menu(page), page)
    page.keyboard.press("Escape")
    expect(page.locator("#bulk-more")).to_be_hidden()
    expect(page.locator("[data-picked]")).to_have_text("1 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".bulk-bar")).to_be_hidden()


def test_a_toast_lies_above_the_bar(scene, person, request_of):
    for n in range(3):
        request_of(scene.ben, f"Question {n}")
    page = selected(ready(person(scene.ben, viewport={"width": 1280, "height": 720}).page))
    page.locator(".bulk-bar").get_by_role("button", name="Close").click()
    expect(page.locator("#toasts")).to_contain_text("1 closed")
    selected(page)
    assert apart(page.locator(".toast"), page.locator(".bulk-bar"))


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_the_composer_keeps_to_one_row(scene, person, request_of, language):
    """At every width both sheets have "Send" at the end of the row of tools, and nothing is wider than the page."""
    User.objects.filter(pk=scene.ben.pk).update(language=language)
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben).page, conversation)
    for width in (1920, 1440, 1280, 1100, 1024, 900, 700, 390, 340, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for kind in ("reply", "internal"):
            page.evaluate("(kind) => document.querySelector('memo-composer').turn(kind)", kind)
            tools, send = box(page.locator(".tools")), box(page.locator(".tools > .btn.main"))
            what = f"{language} {kind} {width}"
            assert tools["height"] < send["height"] + 16, what
            assert 0 < tools["right"] - send["right"] < 16, what
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what


def test_folded_signs_open_above_the_row(scene, person, request_of):
    """On the smallest phone "Aa" shows all of them, on lines of their own; "Send" stays where it was."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben, **PHONE | {"viewport": {"width": 320, "height": 640}}).page, conversation)
    expect(page.locator("[data-mark=bold]")).to_be_hidden()
    page.locator("[data-mark=more]").tap()
    for name in ("[data-mark=bold]", "[data-mark=preview]", "[data-mark=emoji]", "[data-replies]", "[data-variables]"):
        expect(page.locator(name)).to_be_visible()
        assert inside(page.locator(name), page)
        assert box(page.locator(name))["bottom"] <= box(page.locator(".tools > .btn.main"))["top"]
    send = box(page.locator(".tools > .btn.main"))
    for name in ("[data-mark=more]", "label.ib:has([data-files])", "[popovertarget=later-menu]"):
        assert box(page.locator(f".tools {name}"))["top"] < send["bottom"] < box(page.locator(".sheet"))["bottom"]
        assert box(page.locator(f".tools {name}"))["bottom"] > send["top"]
    assert inside(page.locator(".tools > .btn.main"), page)
    assert axe(page) == []


def test_a_german_phone(scene, person, request_of):
    """The number of selected ones stands beside "all that match"; the day one snoozes to can be sent."""
    User.objects.filter(pk=scene.ben.pk).update(language="de")
    conversation, _visitor = request_of(scene.ben)
    for width in (390, 320):
        page = selected(ready(person(scene.ben, **PHONE | {"viewport": {"width": width, "height": 700}}).page))
        words = page.locator("[data-picked]")
        assert words.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        assert apart(words, page.locator(".bulk-bar .choice"))
        at(page, conversation)
        page.locator("[popovertarget=snooze-menu]").tap()
        expect(page.locator("#snooze-until")).to_be_visible()
        assert inside(page.locator("#snooze-menu form.stack .btn"), page)
        assert page.locator("#snooze-until").evaluate("(one) => one.clientWidth >= 190")
        assert page.locator("#snooze-menu").evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_fingers_see_no_keys(scene, person, request_of):
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben, **PHONE).page, conversation)
    page.locator("[popovertarget=thread-menu]").tap()
    expect(page.locator("#thread-menu").get_by_role("button", name="Mark unread")).to_be_visible()
    expect(page.locator("#thread-menu kbd:visible")).to_have_count(0)
    expect(page.locator("[data-send-hint]")).to_be_hidden()


def test_the_details_cover_nothing(scene, person, request_of):
    """Between phone and wide screen they stand beside the thread; Esc closes them. Long titles leave room for the date."""
    conversation, visitor = request_of(scene.ben)
    earlier = accepted_by(scene.ben, scene.support, "Old", visitor=visitor, now=timezone.now())
    type(earlier).objects.filter(pk=earlier.pk).update(subject="A very long subject that goes on and on and on and on")
    page = at(person(scene.ben, viewport={"width": 1280, "height": 720}).page, conversation)
    page.get_by_role("link", name="Details", exact=True).click()
    for what in (".tools > .btn.main", "#thread-head [data-verb=close] button"):
        expect(page.locator(what)).to_be_visible()
        assert apart(page.locator(what), page.locator("#detail"))
    expect(page.get_by_role("heading", name="Earlier with this person")).to_be_visible()
    panel = page.locator("#detail .panel")
    assert panel.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.get_by_role("link", name="Details", exact=True)).to_be_focused()


def test_two_dates_stand_side_by_side(scene, person, request_of):
    request_of(scene.ben)
    page = ready(person(scene.ben).page)
    page.get_by_role("link", name="Filters").click()
    expect(page.locator("[name=from]")).to_be_visible()
    assert box(page.locator("[name=from]"))["top"] == box(page.locator("[name=to]"))["top"]


def test_a_transcript_to_hand_over(scene, person, request_of):
    """Room between the messages; on paper neither buttons nor the way back."""
    conversation, visitor = request_of(scene.ben)
    say(conversation, scene.ben, "Yes, by ten centimetres.")
    say(conversation, visitor, "Thank you")
    page = person(scene.ben).page
    page.goto(f"/conversations/{conversation.public_id}/transcript/")
    lines = page.locator(".transcript > ol > li")
    expect(lines).to_have_count(3)
    assert box(lines.nth(1).locator(".said"))["top"] - box(lines.first.locator(".said"))["bottom"] >= 16
    assert axe(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Back to the conversation")).to_be_hidden()
    expect(page.locator("button:visible, #side:visible, .menu:visible")).to_have_count(0)
    expect(lines.last).to_contain_text("Thank you")


def test_ones_own_words_are_ones_own_where_they_are_quoted(scene, person, request_of):
    conversation, visitor = request_of(scene.ben)
    mine = say(conversation, scene.ben, "It can be shortened.")
    say(conversation, visitor, "Good", quote=mine.client_id)
    ben, cem = at(person(scene.ben).page, conversation), at(person(scene.cem).page, conversation)
    expect(ben.locator("a.quote-in b")).to_have_text("You")
    expect(cem.locator("a.quote-in b")).to_have_text("Ben Fuchs")


def test_where_the_first_saved_reply_is_written(scene, person, request_of):
    """ "/" without any says so and leads there; it is no choice of a list."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben).page, conversation)
    page.locator("#composer-body").press("/")
    texts = page.locator("#composer-texts")
    expect(texts).to_contain_text("No saved reply yet.")
    assert axe(page) == []
    texts.get_by_role("link", name="Write the first one").click()
    page.wait_for_url("**/settings/replies/new/")
