"""A message in real browsers: markup, quote, names, change and delete seen live by a colleague; N-26, S-10, ux.md §2.3."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conversations.models import Message, Quote
from tests.browser.conftest import say
from tests.browser.threads import at

pytestmark = [pytest.mark.browser]


def line(page, text):
    return page.locator("#messages > li[data-seq]").filter(has=page.locator(".text", has_text=text))


def menu(page, text, verb):
    """Opens the menu at a line and chooses."""
    row = line(page, text)
    row.hover()
    row.locator(".msg-more").click()
    page.locator("#message-menu").get_by_role("button", name=verb, exact=True).click()


def test_change_and_delete_are_seen_at_once_by_a_colleague(scene, person, request_of):
    """Changed in its place, “edited” with its history; deleted with a trace; the order stays."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = at(person(scene.ben), conversation), at(person(scene.cem), conversation)
    say(conversation, scene.ben, "It costs **40** euro")
    expect(cem.locator(".text strong")).to_have_text("40")
    menu(ben, "It costs", "Change")
    field = ben.locator("#edit-body")
    expect(field).to_have_value("It costs **40** euro")
    field.fill("It costs _45_ euro")
    field.press("Control+Enter")
    for page in (ben, cem):
        expect(page.locator(".text em")).to_have_text("45")
        expect(line(page, "It costs").locator(".edited")).to_have_text("edited")
        expect(page.locator("#message-edit")).to_have_count(0)
    line(cem, "It costs").locator(".edited").click()
    dialog = cem.locator("#message-history-dialog")
    expect(dialog).to_contain_text("40")
    cem.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    menu(ben, "It costs", "Delete")
    ben.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for page in (ben, cem):
        expect(page.locator(".gone")).to_contain_text("deleted a message")
        expect(line(page, "It costs")).to_have_count(0)
    assert not Message.objects.filter(body__contains="costs").exists()


def test_unread_from_here(scene, person, request_of):
    """N-29: from the middle of the thread; it is left for the list, where the number stands, and opens at the line."""
    conversation, _visitor = request_of(scene.ben, "One")
    for text in ("Two", "Three", "Four"):
        say(conversation, conversation.visitor, text)
    ben = person(scene.ben).page
    row = ben.locator(f"#row-{conversation.public_id} .crow")
    with ben.expect_response("**/seen/"):  # looked at for a second
        ben.goto(f"/conversations/{conversation.public_id}/")
    menu(ben, "Three", "Unread from here")
    expect(ben).to_have_url(re.compile(r"/conversations/(\?view=\w+)?$"))
    expect(row).to_have_class(re.compile("unread"))
    expect(row.locator("[data-unread]")).to_contain_text("2")
    row.click()
    divider = ben.locator("#unread-divider")
    expect(divider).to_be_visible()
    assert divider.evaluate("one => one.nextElementSibling.textContent.includes('Three')")


def test_an_answer_with_a_quote_leads_back(scene, person, request_of):
    """Quoted above the text until it is sent; a click on the quote goes to the message; a slip stays inside."""
    conversation, _visitor = request_of(scene.ben, "Can the lamp be shortened?")
    ben = at(person(scene.ben), conversation)
    row = line(ben, "Can the lamp")
    row.hover()
    row.locator(".msg-bar [data-quote]").click()
    expect(ben.locator("[data-quoting]")).to_contain_text("Can the lamp be shortened?")
    ben.goto("/conversations/")
    ben.goto(f"/conversations/{conversation.public_id}/")
    expect(ben.locator("[data-quoting]")).to_contain_text("Can the lamp be shortened?")
    ben.locator("#composer-body").fill("Yes, by ten centimetres")
    ben.locator("#composer-body").press("Control+Enter")
    quoted = ben.locator("a.quote-in")
    expect(quoted).to_contain_text("Can the lamp be shortened?")
    expect(ben.locator("[data-quoting]")).to_be_hidden()
    quoted.click()
    expect(row).to_have_class("msg found")
    assert Quote.objects.get().quoted.body == "Can the lamp be shortened?"


def test_a_name_is_offered_and_becomes_a_chip(scene, person, request_of):
    """Keyboard only: “@” offers who may read it, Enter takes it without sending; the named colleague sees their chip."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = at(person(scene.ben), conversation), at(person(scene.cem), conversation)
    ben.keyboard.press("i")
    ben.keyboard.type("Please look @ce")
    option = ben.locator("#completion [role=option]")
    expect(option).to_have_text("Cem Aydın")
    expect(ben.locator("#composer-body")).to_have_attribute("aria-activedescendant", "completion-0")
    ben.keyboard.press("Enter")
    expect(ben.locator("#composer-body")).to_have_value("Please look @Cem Aydın ")
    ben.keyboard.press("Control+Enter")
    expect(cem.locator(".text .at.me")).to_have_text("@Cem Aydın")
    expect(ben.locator(".text .at")).to_have_text("@Cem Aydın")


def test_signs_preview_and_emoji_by_keyboard(scene, person, request_of):
    """Ctrl+B around what is selected and off again; the eye shows what the server draws; emoji by name and by “:”."""
    conversation, _visitor = request_of(scene.ben)
    ben = at(person(scene.ben), conversation)
    field = ben.locator("#composer-body")
    field.fill("bold")
    field.press("Control+a")
    field.press("Control+b")
    expect(field).to_have_value("**bold**")
    field.press("Control+b")
    expect(field).to_have_value("bold")
    field.press("Control+b")
    ben.locator("[data-mark=preview]").click()
    expect(ben.locator("[data-preview] strong")).to_have_text("bold")
    ben.locator("[data-mark=preview]").click()
    expect(field).to_be_visible()
    field.press("End")
    ben.keyboard.type(" :thumbs")
    expect(ben.locator("#completion [role=option]").first).to_contain_text("👍")
    ben.keyboard.press("Enter")
    expect(field).to_have_value("**bold** 👍")
    ben.locator("[data-mark=emoji]").click()
    ben.locator(".emoji input").fill("glad")
    ben.keyboard.press("Enter")
    expect(ben.locator(".emoji")).to_be_hidden()
    assert field.input_value() != "**bold** 👍"
