"""Lists by hand and by keys: the palette, several at once with undo, saved views, filters; two browsers; axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conversations.models import BulkRun, ConversationHead, SavedView
from tests.browser.conftest import say
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def palette(page):
    """The field of the palette; selects are comboboxes, too."""
    return page.get_by_role("combobox", name="Command, conversation or person")


def ready(page, address: str = "/conversations/"):
    page.goto(address)
    page.wait_for_function("document.querySelector('memo-list')?.links")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_keys_alone(scene, person, request_of, scheme):
    """⌘K to a folder; J, X, J, X, J, X; E closes three; Undo opens them again: no mouse anywhere."""
    made = [request_of(scene.ben, f"Question {n}")[0] for n in range(4)]
    page = ready(person(scene.ben, color_scheme=scheme).page)
    page.keyboard.press("Control+k")
    field = palette(page)
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Archive").first).to_be_visible()
    assert axe(page) == []
    page.keyboard.type("asgn to me")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Assigned to me")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("view=mine"))
    page.wait_for_function("document.querySelector('memo-list')?.links?.length === 4")
    for number in range(3):
        page.keyboard.press("j")
        expect(page.locator(".crow").nth(number)).to_be_focused()
        page.keyboard.press("x")
        expect(page.get_by_role("status").filter(has_text=f"{number + 1} selected")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("3 closed")
    page.locator("#toasts").get_by_role("button", name="Undo").focus()  # from now on it waits
    expect(page.locator("#rows > li")).to_have_count(1)
    expect(page.locator(".bulk-bar")).to_be_hidden()
    assert ConversationHead.objects.filter(status="closed").count() == 3
    page.keyboard.press("Enter")
    expect(page.locator("#rows > li")).to_have_count(4)
    assert {head.pk for head in ConversationHead.objects.filter(status="open")} >= {one.pk for one in made}


def test_a_run_whose_end_was_missed(scene, person, request_of):
    """The frame with the end of a run came while the page knew nothing of frames: its toast is asked for, not left."""
    request_of(scene.ben, "Is it heavy?")
    page = ready(person(scene.ben).page, "/conversations/?view=mine")
    page.keyboard.press("j")
    page.keyboard.press("e")
    toast = page.locator("#toasts > memo-toast[id^=bulk-]")
    expect(toast).to_contain_text("1 closed")
    shown = page.evaluate(
        """async () => { const { live } = await import("memo/conversations/live");
        const toast = document.querySelector("#toasts > memo-toast"), old = toast.cloneNode(true);
        old.dataset.step = 0; old.setAttribute("stay", ""); old.querySelector("[data-words], .grow").textContent = "0 of 1";
        toast.replaceWith(old);
        const shown = document.querySelector("#toasts > memo-toast").textContent;
        live.refresh();
        return shown; }"""
    )
    assert "0 of 1" in shown
    expect(toast).to_contain_text("1 closed")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()


def test_many_over_a_filter_with_somebody_watching(scene, person, request_of):
    """All that match: more than a page, by the worker; progress, what was skipped and why; Cem's list empties live."""
    for n in range(30):
        request_of(scene.ben, f"Mine {n}")
    request_of(scene.cem, "Not Ben's")
    ben, cem = person(scene.ben), person(scene.cem)
    page, watching = (
        ready(ben.page, "/conversations/?view=open"),
        ready(cem.page, "/conversations/?view=open&sort=oldest"),
    )
    expect(watching.locator("#rows > li")).to_have_count(25)
    page.locator("#rows .pick").first.check(force=True)
    page.get_by_label("All that match").check()
    expect(page.locator("[data-picked]")).to_have_text("31 selected")
    expect(page.locator("#rows .pick:checked")).to_have_count(25)
    page.locator(".bulk-bar").get_by_role("button", name="Close").click()
    expect(page.locator("#toasts")).to_contain_text("30 closed")
    expect(page.locator("#toasts")).to_contain_text("1 skipped: 1 is assigned to others")
    expect(page.locator(".rows > li")).to_have_count(1)
    expect(watching.locator(".rows > li")).to_have_count(1)
    page.locator("#toasts").get_by_role("link", name="Details").click()
    expect(page.get_by_text("assigned to others").first).to_be_visible()
    assert axe(page) == []
    assert BulkRun.objects.get().done == 30


def test_a_rows_own_button_means_that_row_alone(scene, person, request_of):
    """One is ticked, with all that match: the button below the pointer of another closes that one; the ticks stay."""
    talks = [request_of(scene.ben, f"Question {n}")[0] for n in range(4)]
    page = ready(person(scene.ben).page, "/conversations/?view=open")
    page.locator(f"#row-{talks[0].public_id} .pick").check(force=True)
    page.get_by_label("All that match").check()
    expect(page.locator("[data-picked]")).to_have_text("4 selected")
    row = page.locator(f"#row-{talks[3].public_id}")
    row.hover()
    row.locator(".row-act").click()
    expect(page.locator("#toasts")).to_contain_text("1 closed")
    expect(page.locator("#rows > li")).to_have_count(3)
    assert [one.pk for one in talks if ConversationHead.objects.get(pk=one.pk).status == "closed"] == [talks[3].pk]
    expect(page.locator(f"#row-{talks[0].public_id} .pick")).to_be_checked()
    expect(page.get_by_label("All that match")).to_be_checked()
    page.locator(".bulk-bar").get_by_role("button", name="Close").click()
    expect(page.locator("#rows > li")).to_have_count(0)


def test_a_view_is_shared(scene, person, request_of):
    """Anna narrows a list and shares it; it stands in Ben's side bar at once; he opens it and sees his part of it."""
    _conversation, _visitor = request_of(scene.ben, "Is it heavy?")
    anna, ben = person(scene.anna), person(scene.ben)
    watching = ready(ben.page)
    page = ready(anna.page, f"/conversations/?view=open&inbox={scene.inbox.public_id}")
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Assigned to").select_option("me")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".list-tools")).to_contain_text("Assigned to me")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Save this list").click()
    page.get_by_label("Name").fill("Desk of each")
    page.locator("select[name=inbox]").select_option(label="Everybody in Support")
    assert axe(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#side a", has_text="Desk of each")).to_have_attribute("aria-current", "true")
    link = watching.locator("#side a", has_text="Desk of each")
    expect(link).to_have_text(re.compile(r"Desk of each\s*1"))
    link.click()
    expect(watching.locator("#rows > li")).to_have_count(1)
    page.goto("/conversations/views/")
    assert axe(page) == []
    page.get_by_role("button", name="Delete Desk of each").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No saved views yet")).to_be_visible()
    expect(link).to_have_count(0)
    assert not SavedView.objects.exists()


def test_the_palette_finds_and_does(scene, person, request_of):
    """A conversation by its number, the verbs of the open one, search last; words typed before it is there."""
    conversation, _visitor = request_of(scene.ben, "Is it heavy?", name="Kim Berg")
    page = ready(person(scene.ben).page)
    number, holding, held = conversation.number, False, []
    page.route("**/palette/", lambda route: held.append(route) if holding else route.continue_())
    page.get_by_role("link", name="Search and commands").click()
    expect(palette(page)).to_be_focused()
    page.keyboard.type(f"#{number}")
    found = page.get_by_role("option", name="Kim Berg")
    expect(found).to_be_visible()
    expect(page.get_by_role("option").last).to_contain_text(f"Search for “#{number}”")
    found.click()
    expect(page.locator("#composer-body")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_focused()
    page.keyboard.type("back to un")
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{conversation.public_id}")).to_contain_text("Unassigned")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette(page)).to_be_hidden()
    holding = True
    page.keyboard.press("Control+k")
    page.keyboard.type("e close")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(palette(page)).to_have_value("e close")
    expect(palette(page)).to_be_focused()
    assert ConversationHead.objects.get(pk=conversation.pk).status == "open"
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_hidden()


def test_unread_again(scene, person, request_of):
    """U on a read row: bold again, counted, and the divider stands where it was marked."""
    conversation, visitor = request_of(scene.ben, "Is it heavy?")
    say(conversation, visitor, "Hello?")
    page = ready(person(scene.ben).page)
    row = page.locator(f"#row-{conversation.public_id}")
    row.locator(".crow").click()
    expect(row.locator(".crow")).not_to_have_class(re.compile("unread"))
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Mark unread").click()
    expect(row.locator(".crow")).to_have_class(re.compile("unread"))
    expect(page.locator("memo-thread")).to_have_count(0)


@pytest.mark.parametrize("options", [PHONE, {"viewport": {"width": 320, "height": 700}}], ids=["phone", "narrow"])
def test_small_screens(scene, person, request_of, options):
    """The panel, the bar and the palette fit; ticks are reached by a finger."""
    request_of(scene.ben, "Is it heavy?")
    page = ready(person(scene.ben, **options).page)
    width = options["viewport"]["width"]
    page.get_by_role("link", name="Filters").click()
    expect(page.get_by_label("Order")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".pick").first.check(force=True)
    expect(page.get_by_role("status").filter(has_text="1 selected")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts(scene, person, request_of):
    """Ticks, closing, the outcome, undo, filters: by forms and links alone."""
    conversation, _visitor = request_of(scene.ben, "Is it heavy?")
    page = person(scene.ben, java_script_enabled=False).page
    page.goto("/conversations/?view=mine")
    page.locator(".pick").check(force=True)
    page.locator(".bulk-bar").get_by_role("button", name="Close").click()
    expect(page.get_by_role("status").filter(has_text="1 closed")).to_be_visible()
    assert ConversationHead.objects.get(pk=conversation.pk).status == "closed"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="1 undone")).to_be_visible()
    page.goto("/conversations/")
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Customer waits").select_option("any")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#rows > li")).to_have_count(1)
