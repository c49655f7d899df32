"""The chat on a foreign page: E-12 to E-14, and the alert of an agent whose tab is hidden: E-17."""

from __future__ import annotations

import hashlib
import time

import pytest

from conversations.models import Attachment, Conversation
from tests.stories.conftest import until
from tests.stories.test_ring import SLACK_S, ask, wait_for_ring

pytestmark = [pytest.mark.story, pytest.mark.browser]


def test_a_stranger_chats_on_a_foreign_page(story):
    """E-12, N-02, N-09, N-12, N-21: button, message without any data, both directions in 2 s, back after a reload."""
    one = story(escalate=60, members=1)
    ben = one.agent(one.world.ben)
    page, chat = one.visitor()
    ask(chat, "Do you repair lamps?")
    wait_for_ring([ben], seconds=2 + SLACK_S)
    assert "Visitor #" in ben.page.locator(".ring:visible").inner_text()
    ben.page.locator(".ring:visible button", has_text="Accept").click()
    box = ben.page.locator("textarea").first
    box.fill("We do.")
    box.press("Control+Enter")
    chat.get_by_text("We do.", exact=True).wait_for(timeout=int((2 + SLACK_S) * 1000))
    page.reload()
    again = one.open_chat(page)
    again.get_by_text("Do you repair lamps?").first.wait_for()
    _, private = one.visitor()
    assert private.get_by_text("Do you repair lamps?").count() == 0


def test_an_origin_that_is_not_allowed_gets_nothing(story):
    """E-12, S-35: the origin is taken off the list: the chat does not open there."""
    one = story()
    one.world.widget.allowed_origins = ["https://elsewhere.example"]
    one.world.widget.save()
    with pytest.raises(AssertionError, match="did not open"):
        one.visitor()


def test_sizes_and_the_phone(story):
    """E-13, N-13, N-14: enlarged, reloaded: size kept; at 390×844 it covers the screen; closing returns to the page."""
    one = story()
    page, chat = one.visitor()
    box = page.locator("memo-widget")
    chat.locator("button[aria-label='Enlarge']").click()
    page.wait_for_timeout(600)
    large = chat.evaluate("innerHeight")
    page.reload()
    again = one.open_chat(page)
    page.wait_for_timeout(600)
    assert abs(again.evaluate("innerHeight") - large) <= 2
    assert box.count() == 1
    phone, frame = one.visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.wait_for_timeout(600)
    assert (frame.evaluate("innerWidth"), frame.evaluate("innerHeight")) == (390, 844)
    frame.locator("button[aria-label='Close chat']").click()
    phone.get_by_role("heading", name="Shop").wait_for()


def test_pictures_and_files(story, tmp_path):
    """E-14, N-15, N-16: a PDF arrives with identical bytes, a page is a download, too big and too many are told."""
    one = story(escalate=60, members=1)
    ben = one.agent(one.world.ben)
    page, chat = one.visitor()
    pdf = tmp_path / "plan.pdf"
    pdf.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    html = tmp_path / "trap.html"
    html.write_text("<script>document.title = 'run'</script>")
    chat.locator("input[type=file]").set_input_files([str(pdf), str(html)])
    page.wait_for_timeout(1500)
    ask(chat, "Here are the plans.")
    wait_for_ring([ben], seconds=4 + SLACK_S)
    ben.page.locator(".ring:visible button", has_text="Accept").click()
    ben.page.get_by_text("plan.pdf").first.wait_for()
    conversation = Conversation.objects.get(company=one.world.company, subject="Here are the plans.")
    files = {file.name: file for file in Attachment.objects.filter(message__conversation=conversation)}
    assert set(files) == {"plan.pdf", "trap.html"}
    for name, source in (("plan.pdf", pdf), ("trap.html", html)):
        answer = ben.page.request.get(f"{one.base_url}/files/{files[name].public_id}/")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert hashlib.sha256(answer.body()).hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * (11 * 1024 * 1024))
    chat.locator("input[type=file]").set_input_files([str(big)])
    chat.get_by_text("10 MB").first.wait_for()
    other = one.visitor()[1]
    assert other.get_by_text("plan.pdf").count() == 0
    stranger = page.request.get(f"{one.base_url}/files/{files['plan.pdf'].public_id}/", max_redirects=0)
    assert stranger.status in {302, 404}


def test_a_hidden_tab_calls(story):
    """E-17, N-30…N-32: a new chat while the page is in the background: number, alternating title; seen: it stops."""
    one = story(escalate=60, members=1, channel=False)
    ben, cem = one.agent(one.world.ben), one.agent(one.world.cem)
    for agent in (ben, cem):
        agent.page.evaluate(
            "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
            "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true});"
            "document.hasFocus = () => false; document.dispatchEvent(new Event('visibilitychange'))"
        )
    _, chat = one.visitor()
    ask(chat, "Anybody in the shop?")
    titles: set[str] = set()
    begin = time.monotonic()
    while time.monotonic() - begin < 6 and len(titles) < 3:
        titles.add(ben.page.title())
        time.sleep(0.2)
    assert any(title.startswith("(1)") for title in titles), titles
    assert len(titles) >= 2, "the title does not alternate"
    assert cem.page.title() in titles
    ben.page.evaluate(
        "delete document.hidden; delete document.visibilityState; delete document.hasFocus;"
        "document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('focus'))"
    )
    ben.page.locator(".crow", has_text="Anybody in the shop?").first.click()
    until(ben.page, "!document.title.startsWith('(')", seconds=10)
