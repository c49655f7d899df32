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


def listening(one, address: str):
    """Their page at this address, when the server has told it “hello”: from here on everything comes by frames."""
    heard = []

    def opened(socket) -> None:
        socket.on("framereceived", lambda text: heard.append(text) if '"hello"' in str(text) else None)

    one.page.on("websocket", opened)
    one.page.goto(address)
    until(lambda: heard, one.page)
    one.page.remove_listener("websocket", opened)
    return one


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


def held_back(page, address) -> list:
    """What is asked of these addresses stays on its way until it is let go: route.continue_()."""
    held: list = []

    def hold(route):
        held.append(route)

    page.route(address, hold)
    return held
