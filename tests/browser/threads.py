"""An open conversation for browser tests: opening it, writing in it, its lines, and what the server comes to know."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conversations.models import Draft

LINES = "#messages > li[data-seq] .text"


def at(one, conversation):
    one.page.goto(f"/conversations/{conversation.public_id}/")
    expect(one.page.locator("[data-heading]")).to_be_visible()
    one.page.wait_for_function("document.querySelector('memo-thread')?.list")
    return one.page


def write_and_send(page, text, key="Control+Enter"):
    page.locator("#composer-body").fill(text)
    page.locator("#composer-body").press(key)


def until(check, page, ms=8_000):
    """Waits for what the server comes to know."""
    for _ in range(ms // 50):
        if check():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not happen")


def stored(conversation, kind="reply") -> str:
    row = Draft.objects.filter(conversation=conversation, kind=kind).first()
    return row.body if row else ""


def writing_is_refused(page, reason: str) -> None:
    """The server takes no message from this page, and says why; until page.unroute("**/messages/")."""
    answer = {"error": "not_allowed", "message": reason}
    page.route(
        "**/messages/",
        lambda route: route.fulfill(status=403, json=answer) if route.request.method == "POST" else route.continue_(),
    )
