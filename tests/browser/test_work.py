"""Work on requests in real browsers: snooze and return, people, join and undo, move; N-03, N-23, N-44."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions import assigning
from conversations.models import Conversation
from tests.browser.conftest import say
from tests.cast import make_channel, make_inbox, make_user, make_visitor, write
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]


def address(conversation) -> str:
    return f"/conversations/{conversation.public_id}/"


def ready(page) -> None:
    page.wait_for_function("document.querySelector('memo-thread')?.constructor.name !== 'HTMLElement'")


def test_snoozed_by_keys_for_the_team_and_back_on_time(scene, person, worker, request_of):
    """S, a choice, Enter: gone from both lists, found under Snoozed; back on its day, unread at whoever has it."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = person(scene.ben), person(scene.cem)
    for one in (ben, cem):
        one.page.goto(f"{address(conversation)}?view=open")
        ready(one.page)
        expect(one.page.locator(f"#row-{conversation.public_id}")).to_be_visible()
    ben.page.keyboard.press("s")
    choices = ben.page.locator("#snooze-menu")
    expect(choices).to_be_visible()
    assert axe(ben.page) == []
    choices.get_by_role("button", name="Tomorrow").click()
    for one in (ben, cem):
        expect(one.page.locator(f"#row-{conversation.public_id}")).to_have_count(0)
        expect(one.page.locator("#messages")).to_contain_text("snoozed this until")
    expect(ben.page.locator("#thread-head")).to_contain_text("snoozed until")
    expect(ben.page.get_by_role("button", name="Bring back now")).to_be_visible()
    ben.page.goto("/conversations/?view=snoozed")
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_contain_text("Snoozed")
    cem.page.goto("/conversations/?view=open")
    worker.settle(timezone.now() + timedelta(days=2))
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_have_count(0)
    expect(cem.page.locator(f"#row-{conversation.public_id}")).to_be_visible()
    ben.page.goto("/conversations/?view=mine&inbox=" + str(scene.inbox.public_id))
    expect(ben.page.locator(f"#row-{conversation.public_id} .unread")).to_be_visible()


def test_a_second_customer_is_named_wherever_one_writes(scene, person, request_of):
    """N-03, N-44: added by address on a page of its own; Cem's open composer names her within two seconds, and not after
    her removal; each is a line.
    """
    conversation, _visitor = request_of(scene.ben)
    ben, cem = person(scene.ben), person(scene.cem)
    cem.page.goto(address(conversation))
    ben.page.goto(address(conversation))
    ready(ben.page)
    ready(cem.page)
    ben.page.locator("#thread-head").get_by_role("button", name="More").click()
    ben.page.get_by_role("link", name="Add people", exact=True).click()
    expect(ben.page.get_by_role("heading", name="People in this conversation")).to_be_visible()
    assert axe(ben.page) == []
    ben.page.get_by_label("E-mail address").fill("lea@abc.example")
    ben.page.get_by_label("Name", exact=True).fill("Lea Kunz")
    ben.page.get_by_role("button", name="Add by address").click()
    expect(ben.page.locator(".people-list").first).to_contain_text("Lea Kunz")
    expect(cem.page.locator("#messages")).to_contain_text("Ben Fuchs added the customer Lea Kunz")
    expect(cem.page.locator("#composer-readers")).to_contain_text("Lea Kunz")
    ben.page.get_by_role("button", name="Remove Lea Kunz").click()
    expect(cem.page.locator("#messages")).to_contain_text("Ben Fuchs removed Lea Kunz")
    expect(cem.page.locator("#composer-readers")).not_to_contain_text("Lea Kunz")


def test_two_requests_joined_and_taken_apart_again(scene, person, request_of):
    """The menu, the list, the fold with its lines; what is written to the other arrives here live; Undo."""
    target, visitor = request_of(scene.ben, "Can the lamp be shortened?")
    source = write(visitor, scene.support, "The shade is broken, too", now=timezone.now())
    ben = person(scene.ben)
    ben.page.goto(address(target))
    ready(ben.page)
    ben.page.locator("#thread-head").get_by_role("button", name="More").click()
    ben.page.get_by_role("link", name="Join another request").click()
    assert axe(ben.page) == []
    ben.page.get_by_role("button", name=f"Join #{source.number}").click()
    fold = ben.page.locator("details.fold")
    expect(ben.page.locator("#messages")).to_contain_text(f"joined #{source.number} to this")
    fold.locator("summary").click()
    expect(fold).to_contain_text("The shade is broken, too")
    ready(ben.page)
    say(source, visitor, "Written to the other one")
    expect(ben.page.locator("#messages > .msg").last).to_contain_text("Written to the other one")
    assert axe(ben.page) == []
    ben.page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(ben.page.locator("#messages")).to_contain_text(f"took #{source.number} apart again")
    assert Conversation.objects.get(pk=source.pk).merged_into is None


def test_moved_while_two_look_on(scene, person, request_of):
    """Ben gives it to Sales: Cem, who works only in Support, is led out within two seconds; at Emil it rings."""
    emil = make_user(scene.nordlicht, "Emil", "Kern", domain="nordlicht")
    sales = make_inbox(scene.nordlicht, "Sales", emil)
    make_channel(sales, "Quotes", emil, escalate_after_s=60)
    conversation, _visitor = request_of(scene.ben)
    ben, cem, other = person(scene.ben), person(scene.cem), person(emil)
    cem.expected = ("404",)
    other.page.goto("/conversations/")
    for one in (ben, cem):
        one.page.goto(address(conversation))
        ready(one.page)
    ben.page.locator("#thread-head").get_by_role("button", name="More").click()
    ben.page.get_by_role("link", name="Move to another inbox").click()
    assert axe(ben.page) == []
    ben.page.get_by_role("button", name="Move here Quotes").click()
    expect(ben.page).to_have_url(re.compile(r"/conversations/(\?.*)?$"))
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_have_count(0)
    expect(other.page.locator(".ring:visible")).to_be_visible(timeout=2_000)
    expect(cem.page.locator("memo-thread")).to_have_count(0)
    expect(cem.page.locator(f"#row-{conversation.public_id}")).to_have_count(0)


def test_assigned_with_a_reason(scene, person, request_of):
    """G-17: Anna says why; Dora reads it as an internal line beside the one that names her."""
    conversation, _visitor = request_of(scene.ben)
    anna, dora = person(scene.anna), person(scene.dora)
    anna.page.goto(address(conversation))
    ready(anna.page)
    anna.page.locator("#thread-head").get_by_role("button", name="More").click()
    anna.page.get_by_placeholder("Why (internal)").fill("She speaks Swedish")
    anna.page.get_by_role("button", name="Dora Lindqvist").click()
    expect(anna.page.locator("#messages")).to_contain_text("assigned this to Dora Lindqvist")
    dora.page.goto(address(conversation))
    expect(dora.page.locator("#messages .slip")).to_contain_text("She speaks Swedish")


def test_a_discussion_of_its_own(scene, person, request_of):
    """N-23: from the menu to its own page, which links to the request; listed beside it."""
    conversation, _visitor = request_of(scene.ben)
    assigning.assign(conversation, to=scene.ben, by=scene.anna, role="admin", now=timezone.now())
    make_visitor(scene.nordlicht)
    ben = person(scene.ben)
    ben.page.goto(address(conversation))
    ready(ben.page)
    ben.page.locator("#thread-head").get_by_role("button", name="More").click()
    ben.page.get_by_role("link", name="New internal discussion").click()
    assert axe(ben.page) == []
    ben.page.get_by_label("Title").fill("Price of the short one")
    ben.page.get_by_label("Cem Aydın").check()
    ben.page.get_by_role("button", name="Begin").click()
    expect(ben.page.locator("[data-heading]")).to_have_text("Price of the short one")
    ready(ben.page)
    ben.page.locator("#composer-body").fill("Ten percent?")
    ben.page.keyboard.press("Control+Enter")
    expect(ben.page.locator("#messages .slip")).to_contain_text("Ten percent?")
    ben.page.get_by_role("link", name=f"about #{conversation.number}").click()
    expect(ben.page.locator("#detail-body")).to_contain_text("Price of the short one")
