"""The inbox as a page: no axe finding, no violated policy, nothing wider than a phone, keys alone, no scripts at all."""

from __future__ import annotations

import gzip
import re
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Message
from events import groups
from events.publish import whisper
from tests.browser.conftest import say
from tests.browser.threads import at, writing_is_refused
from tests.cast import make_visitor, write
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def busy(scene, request_of):
    """A conversation of Ben's with all kinds of lines, a second one, and a request that rings at him."""
    conversation, visitor = request_of(scene.ben, "Two pendants are missing", name="Kim Berg", email="kim@abc.example")
    say(conversation, scene.ben, "I am looking into it: https://nordlicht.example/a-very-long-address/" + "x" * 120)
    side = side_conversation(conversation, member=scene.member(scene.ben), now=timezone.now())
    post_message(
        side,
        author=Author.of_user(scene.cem),
        body="Still on the ramp. " + "W" * 300,
        client_id=uuid4(),
        via="app",
        role="team_member",
        now=timezone.now(),
    )
    say(conversation, visitor, "Is it possible before four? مرحبا 😀")
    request_of(scene.cem, "A dimmer hums")
    while True:
        ringing = write(make_visitor(scene.nordlicht), scene.support, "Rings!", now=timezone.now())
        if ringing.offers.get(state="pending").user_id == scene.ben.pk:
            return conversation


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scene, person, busy, scheme):
    """WCAG 2.2 A and AA: list, thread with all kinds of lines, ring, menu, composer of both kinds, folders, empty ones."""
    ben = person(scene.ben, color_scheme=scheme)
    page = at(ben, busy)
    expect(page.locator("memo-rings .ring").first).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("i")
    page.get_by_role("button", name="More").click()
    assert axe(page) == []
    for address in ("/conversations/", "/conversations/?view=direct", "/archive/"):
        page.goto(address)
        expect(page.locator("memo-rings .ring").first).to_be_visible()  # it slides in
        assert axe(page) == [], address


def test_managers_pages_pass_too(scene, person, busy):
    """The menu with people, “Being offered”, the lock with its button."""
    page = at(person(scene.anna), busy)
    page.get_by_role("button", name="More").click()
    assert axe(page) == []


def test_a_phone_shows_one_thing_at_a_time(scene, person, busy):
    """M-04, ux.md §2.2: list, thread, details, folders – each whole, with the way back; no sideways scrolling."""
    ben = person(scene.ben, **PHONE)
    page = ben.page

    def narrow() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.goto("/conversations/")
    narrow()
    expect(page.locator(".col-thread")).to_be_hidden()
    row = page.locator(f"#row-{busy.public_id}")
    assert row.bounding_box()["height"] >= 44
    row.locator("a").click()
    expect(page.locator("#composer-body")).to_be_visible()
    expect(page.locator(".col-list")).to_be_hidden()
    narrow()
    page.get_by_role("link", name="Details").click()
    expect(page.get_by_text("In this conversation")).to_be_visible()
    narrow()
    page.get_by_role("link", name="Back to the conversation").click()
    expect(page.locator("#composer-body")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(row).to_be_visible()
    page.get_by_role("link", name="Folders").click()
    expect(page.get_by_role("link", name="Customer replies")).to_be_visible()
    narrow()
    page.go_back()
    page.go_back()
    expect(page.locator("#composer-body")).to_be_visible()


@pytest.mark.parametrize("width", [320, 900, 1280, 2560])
def test_nothing_is_wider_than_the_window(scene, person, busy, width):
    """320 px, 200 % zoom of 1280, very wide, right to left: long words and addresses break, columns turn round."""
    page = at(person(scene.ben, viewport={"width": width, "height": 700}), busy)
    for direction in ("ltr", "rtl"):
        page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), direction
        wide = page.evaluate(
            "() => [...document.querySelectorAll('#messages > li, .composer')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'visible').map(e => e.className)"
        )
        assert wide == [], direction
        if width >= 1280:
            list_at, thread_at = (page.locator(one).bounding_box()["x"] for one in (".col-list", ".col-thread"))
            assert (list_at < thread_at) is (direction == "ltr"), "the columns follow the direction"


def test_keys_alone(scene, person, busy):
    """J, K, Enter, R, I, E, ?: a whole answer without a mouse; single keys can be switched off (2.1.4)."""
    ben = person(scene.ben)
    page = ben.page
    page.goto("/conversations/")
    rows = page.locator(".crow")
    expect(rows.first).to_be_visible()
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    while page.evaluate("document.activeElement.closest('li').dataset.c") != str(busy.public_id):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("[data-heading]")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.type("before four, yes")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages .text").last).to_have_text("before four, yes")
    expect(page.locator(".pending")).to_have_count(0)
    page.keyboard.type("e")
    expect(page.locator("#composer-body")).to_have_value("e")
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Done").click()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Close", exact=True).first).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Open again").first).to_be_visible()
    assert ConversationHead.objects.get(pk=busy.pk).status == "closed"


def test_without_scripts(scene, person, request_of):
    """ux.md §6.10: open a folder, read, answer, write internally, attach, accept, close – by forms and links alone."""
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben, java_script_enabled=False)
    page = ben.page
    page.goto("/conversations/")
    page.locator("#side a", has_text="Assigned to me").click()
    expect(page).to_have_url(re.compile("view=mine"))
    page.locator(f"#row-{conversation.public_id} a").click()
    page.locator("#composer-body").fill("by form")
    page.locator("[data-files]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#messages .text").last).to_have_text("by form")
    expect(page.locator("#messages a.file")).to_contain_text("a.txt")
    page.get_by_label("Internal").check(force=True)
    expect(page.locator("#composer-readers")).to_contain_text("never sees it")
    page.locator("#composer-body").fill("inside, by form")
    page.get_by_role("button", name="Save internally").click()
    expect(page.locator(".slip .text")).to_have_text("inside, by form")
    page.get_by_role("button", name="Close").first.click()
    expect(page.get_by_role("button", name="Open again").first).to_be_visible()
    while True:
        ringing = write(make_visitor(scene.nordlicht), scene.support, "Rings!", now=timezone.now())
        if ringing.offers.get(state="pending").user_id == scene.ben.pk:
            break
    page.goto(f"/conversations/{ringing.public_id}/")
    expect(page.locator("#composer-body")).to_be_hidden()
    page.get_by_role("button", name="Accept").first.click()
    expect(page.locator("#composer-body")).to_be_visible()
    assert set(Message.objects.filter(user=scene.ben).values_list("body", flat=True)) == {"by form", "inside, by form"}


def test_rare_states_pass_too(scene, person, busy):
    """A refused line, a bad toast, no connection, somebody typing with a preview, news below, a dialog: no axe finding."""
    ben = person(scene.ben)
    ben.expected = ("status of 403",)
    page = at(ben, busy)
    writing_is_refused(page, "This is already with Cem Aydın.")
    page.locator("#composer-body").fill("too late")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages .failed")).to_contain_text("This is already with Cem Aydın.")
    c = str(busy.public_id)
    who = {"kind": "visitor", "id": str(busy.visitor.public_id), "name": busy.visitor.label}
    whisper(groups.conversation_team(c), "typing", {"c": c, "who": who, "text": "half a sentence"})
    whisper(
        groups.conversation_team(c), "page", {"c": c, "who": who, "url": "https://shop.example/a", "title": "Aurora"}
    )
    expect(page.locator("[data-typed]")).to_have_text("half a sentence")
    expect(page.locator("memo-here a")).to_have_text("Aurora")
    page.evaluate(
        """async () => {
          (await import("memo/ui/toast")).toast("That did not work.", { kind: "bad" });
          for (const one of document.querySelectorAll("memo-offline, .to-end, .to-newest")) one.hidden = false;
        }"""
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme
    ask = 'import("memo/ui/confirm").then(({ ask }) => void ask({ title: "Sure?", text: "It goes.", kind: "danger" }))'
    page.evaluate(ask)
    expect(page.get_by_role("dialog")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme


def test_scripts_that_come_by_themselves_fit_the_budget(scene, person, busy):
    """Issue 4, figures: on inbox and thread own scripts ≤ 30 kB packed, all ≤ 60 kB; two files, nothing trickles in."""
    ben = person(scene.ben)
    for address in ("/conversations/", f"/conversations/{busy.public_id}/"):
        asked: set[str] = set()
        ben.page.on("request", lambda one, asked=asked: asked.add(one.url) if one.resource_type == "script" else None)
        ben.page.goto(address)
        ben.page.wait_for_function("import('memo/conversations/live').then(({ live }) => live.socket.connected)")
        ben.page.evaluate("new Promise(done => requestIdleCallback(() => setTimeout(done, 300)))")
        came = [
            url for url in asked if "/static/" in url and "/ui/joined/memo/" not in url
        ]  # the doorway is this test's own
        packed = {url: len(gzip.compress(ben.context.request.get(url).body(), 9)) for url in came}
        assert len(packed) == 2, packed
        assert sum(size for url, size in packed.items() if "/vendor/" not in url) <= 30 * 1024, packed
        assert sum(packed.values()) <= 60 * 1024, packed


def test_read_by_ear(scene, person, busy):
    """Landmarks, names and live words, as a screen reader gets them: who writes, what kind, what became of it."""
    ben = person(scene.ben)
    page = at(ben, busy)
    expect(page.locator("body")).to_match_aria_snapshot(
        """
        - navigation "Folders"
        - navigation "Menu":
          - list:
            - listitem:
              - link /Conversations/
        - main:
          - region "Conversations"
          - region "Conversation"
        - complementary "Details"
        """
    )
    expect(page.locator("#thread")).to_match_aria_snapshot(
        """
        - heading "Two pendants are missing" [level=1]
        - region "Messages":
          - list
        - radiogroup "Who will read this":
          - radio "Reply to Kim" [checked]
          - radio "Internal"
        - form "Answer":
          - textbox "Your message"
          - button "Send"
        - log "New messages"
        """
    )
    say(busy, busy.visitor, "Are you there?")
    expect(page.get_by_role("log", name="New messages")).to_contain_text("Kim Berg: Are you there?")
    page.get_by_role("textbox", name="Your message").fill("Yes, before four.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages .state").last).to_have_text("Sent")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert axe(page) == []


def test_colours_of_the_system_print_and_calm(scene, person, busy):
    """Forced colours keep edges and what is chosen; paper holds the conversation alone; no motion for who wants none."""
    ben = person(scene.ben, forced_colors="active", reduced_motion="reduce")
    page = at(ben, busy)
    assert page.locator(".btn").first.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    edge = "e => { const s = getComputedStyle(e); return s.outline }"
    current, other = (
        page.locator(one).first.evaluate(edge) for one in (".crow[aria-current]", ".crow:not([aria-current], .ringing)")
    )
    assert current != other, "the open row is told by more than a colour that is taken away"
    page.wait_for_function("document.querySelector('memo-rings .ring')")
    moving = "document.getAnimations().filter(one => one.playState === 'running' && one.effect.getComputedTiming().duration > 1).length"
    assert page.evaluate(moving) == 0
    page.emulate_media(media="print")
    for gone in (".menu", ".side", ".col-list", ".composer", "memo-rings"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("#messages .text").first.is_visible()


def test_numbers_follow(scene, person, request_of):
    """The side bar's numbers change with what happens, without a reload."""
    conversation, _visitor = request_of(scene.ben)
    ben, anna = person(scene.ben), person(scene.anna)
    for one in (ben, anna):
        one.page.goto("/conversations/")
    mine = ben.page.locator("#side a", has_text="Assigned to me")
    expect(mine).to_have_text(re.compile(r"Assigned to me\s*1"))
    page = at(ben, conversation)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Back to Unassigned").click()
    expect(page.locator("#side a", has_text="Unassigned")).to_have_text(re.compile(r"Unassigned\s*1"))
    expect(anna.page.locator("#side a", has_text="Unassigned").last).to_have_text(re.compile(r"Unassigned\s*1"))
    expect(page.locator(f"#row-{conversation.public_id}")).to_contain_text("Unassigned")
