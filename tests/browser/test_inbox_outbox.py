"""What one writes in an open conversation goes out once and in order, whatever happens on the way; N-01, ux.md §6.4, §6.5."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conversations.models import Message
from tests.browser.conftest import say
from tests.browser.threads import LINES, at, write_and_send, writing_is_refused

pytestmark = [pytest.mark.browser]


def test_own_words_are_there_before_the_server_has_them(scene, person, request_of):
    """ux.md §6.4: shown while the server has not answered, then sent once; how fast is one of the live checks."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    held = []
    page.route(
        "**/messages/", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    write_and_send(page, "At once")
    pending = page.locator("#messages .pending")
    expect(pending).to_contain_text("At once")
    expect(pending).to_contain_text("Sending …")
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(page.locator("#messages .pending")).to_have_count(0)
    expect(page.locator(LINES).filter(has_text="At once")).to_have_count(1)
    assert Message.objects.filter(conversation=conversation, body="At once").count() == 1


def test_an_outage_loses_doubles_and_swaps_nothing(scene, person, request_of, outage):
    """N-01, ux.md §6.5: three lines arrive in order after it, one written during it is sent exactly once."""
    conversation, visitor = request_of(scene.ben)
    ben = person(scene.ben)
    ben.expected = ("ERR_", "WebSocket", "Failed to fetch", "timed out")
    page = at(ben, conversation)
    write_and_send(page, "before")
    expect(page.locator("#messages .pending")).to_have_count(0)
    outage.cut()
    for text in ("one", "two", "three"):
        say(conversation, visitor, text)
    write_and_send(page, "meanwhile")
    write_and_send(page, "and more")
    expect(page.locator("#messages .pending")).to_have_count(2)
    expect(page.locator("memo-offline")).to_be_visible()
    expect(page.locator("#messages .pending").first).to_contain_text("Waits for a connection")
    outage.mend()
    expect(page.locator("memo-offline")).to_be_hidden()
    expect(page.locator("#messages .pending")).to_have_count(0)
    expect(page.locator(LINES)).to_have_text(
        ["Can the lamp be shortened?", "before", "one", "two", "three", "meanwhile", "and more"]
    )
    stored = Message.objects.filter(conversation=conversation).order_by("seq").values_list("body", flat=True)
    assert list(stored)[1:] == ["before", "one", "two", "three", "meanwhile", "and more"]
    page.reload()
    expect(page.locator(LINES)).to_have_count(7)


def test_what_was_written_without_connection_survives_a_closed_tab(scene, person, request_of):
    """The outbox outlives the page: the next one sends it, once."""
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben)
    page = at(ben, conversation)
    page.route("**/messages/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    ben.expected = ("ERR_FAILED",)
    write_and_send(page, "kept")
    expect(page.locator("#messages .pending")).to_have_count(1)
    page.close()
    again = ben.page = ben.open()
    at(ben, conversation)
    expect(again.locator(LINES).last).to_have_text("kept")
    expect(again.locator("#messages .pending")).to_have_count(0)
    assert Message.objects.filter(conversation=conversation, body="kept").count() == 1


def test_what_is_refused_says_why_and_can_be_tried_again(scene, person, request_of):
    """The words are not lost: reason, “try again”, “discard”; also after a reload."""
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben)
    ben.expected = ("status of 403",)
    page = at(ben, conversation)
    writing_is_refused(page, "This is already with Cem Aydın.")
    write_and_send(page, "too late")
    failed = page.locator("#messages .failed")
    expect(failed).to_contain_text("Failed: This is already with Cem Aydın.")
    page.unroute("**/messages/")
    page.reload()
    expect(failed).to_contain_text("too late")
    failed.get_by_role("button", name="try again").click()
    expect(page.locator("#messages .failed, #messages .pending")).to_have_count(0)
    expect(page.locator(LINES).last).to_have_text("too late")
    assert Message.objects.filter(conversation=conversation, body="too late").count() == 1
