"""The settings in a real browser: every page is sound; the channel page by mouse and by keyboard (M-31…M-34, M-37, M-43)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from channels_app.models import Channel, ChannelMember, Widget
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
NARROW = {"viewport": {"width": 320, "height": 720}}
COPYING = {"permissions": ["clipboard-read", "clipboard-write"]}


def addresses(scene) -> list[str]:
    inbox, channel, key = scene.inbox.public_id, scene.support.public_id, scene.widget.public_key
    lists = [
        "",
        "profile/",
        "notifications/",
        "inboxes/",
        "inboxes/new/",
        "channels/",
        "channels/new/",
        "widgets/",
        "widgets/new/",
    ]
    one = [f"inboxes/{inbox}/", f"channels/{channel}/", f"widgets/{key}/", f"widgets/{key}/secret/"]
    return [f"/settings/{path}" for path in lists + one]


@pytest.mark.walk
@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"} | NARROW], ids=["light", "dark, narrow"]
)
def test_every_page_is_sound(scene, person, options):
    anna = person(scene.anna, **options)
    for address in addresses(scene):
        anna.page.goto(address)
        assert axe(anna.page) == [], address
        wide = anna.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, address


def line() -> list[str]:
    return list(ChannelMember.objects.order_by("position").values_list("user__first_name", flat=True))


def channel_page(scene, person, **options):
    anna = person(scene.anna, **options)
    anna.page.goto(f"/settings/channels/{scene.support.public_id}/")
    anna.page.wait_for_function("() => document.querySelector('memo-line')?.constructor.name !== 'HTMLElement'")
    return anna


def names(page):
    return page.locator("[data-member] b")


def test_the_line_is_dragged_and_what_was_typed_meanwhile_stays(scene, person):
    page = channel_page(scene, person).page
    page.fill("[name=max_rounds]", "7")
    expect(page.locator("[data-total]")).to_have_text("3 min 30 s")  # 3 people × 10 s × 7 rounds
    first, last = (page.locator(".grip").nth(at).bounding_box() for at in (0, 2))
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 8, last["y"], steps=6)
    page.mouse.move(last["x"] + 8, last["y"] + last["height"], steps=3)
    expect(page.locator("li.lift")).to_have_count(1)
    with page.expect_response("**/line/order/"):
        page.mouse.up()
    page.wait_for_function("() => !document.querySelector('#line[busy]')")
    expect(names(page)).to_have_text(["Cem Aydın", "Dora Lindqvist", "Ben Fuchs"])
    assert line() == ["Cem", "Dora", "Ben"]
    assert page.input_value("[name=max_rounds]") == "7"


def test_the_line_by_keyboard_alone(scene, person):
    page = channel_page(scene, person).page
    page.locator(".grip").nth(2).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#line-said")).to_have_text("1 Ben Fuchs, 2 Dora Lindqvist, 3 Cem Aydın")
    page.wait_for_function("() => document.activeElement?.closest('[data-member]')?.dataset.name === 'Dora Lindqvist'")
    page.wait_for_function("() => !document.querySelector('#line[busy]')")
    assert line() == ["Ben", "Dora", "Cem"]
    page.get_by_role("button", name="Move or remove Dora Lindqvist").press("Enter")
    page.get_by_role("button", name="Ask no more").press("Enter")
    expect(names(page)).to_have_text(["Ben Fuchs", "Cem Aydın"])
    page.get_by_role("button", name="Add member").press("Enter")
    page.locator("#add-member .item", has_text="Anna Berg").press("Enter")
    expect(names(page)).to_have_text(["Ben Fuchs", "Cem Aydın", "Anna Berg"])


def test_hours_are_typed_corrected_and_kept(scene, person):
    anna = channel_page(scene, person)
    anna.expected = ("422",)
    page = anna.page
    page.get_by_text("These hours").click()
    monday = page.locator('[data-day="0"]')
    monday.locator(".switch").check()
    monday.get_by_role("button", name="Add hours on Monday").click()
    monday.locator("[name=from_0]").nth(1).fill("16:00")
    monday.locator("[name=until_0]").nth(1).fill("18:00")
    page.get_by_role("button", name="Save changes").click()
    expect(monday.locator(".err")).to_have_text("These times overlap.")
    monday.locator("[name=from_0]").nth(1).fill("17:30")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    hours = scene.support.hours.values_list("weekday", "opens", "closes")
    assert [f"{day} {opens:%H:%M} {closes:%H:%M}" for day, opens, closes in hours] == ["0 09:00 17:00", "0 17:30 18:00"]


def test_pausing_asks_first_and_the_snippet_is_copied(scene, person):
    page = channel_page(scene, person, **COPYING).page
    page.get_by_role("button", name="Copy snippet").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert Widget.objects.get().public_key in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Pause channel").click()
    page.get_by_role("button", name="Cancel").click()
    assert Channel.objects.get().state == "active"
    page.get_by_role("button", name="Pause channel").click()
    page.locator("dialog [data-yes]").click()
    expect(page.locator(".notice.note")).to_contain_text("This channel is paused")
    assert Channel.objects.get().state == "paused"
