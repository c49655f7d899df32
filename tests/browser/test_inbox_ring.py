"""The ring in real browsers: one member at a time, on time, to the next; E-07, E-08, E-10, M-35…M-39, INV-04."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions import ringing
from conversations.models import ConversationHead, Offer
from tests.browser.conftest import say
from tests.browser.threads import listening
from tests.cast import make_visitor, write

pytestmark = [pytest.mark.browser]


def rings(page):
    return page.locator(".ring:visible")


@pytest.fixture
def request_now(scene):
    """A visitor's request, now."""

    def begin(body="Can the lamp be shortened?"):
        visitor = make_visitor(scene.nordlicht)
        return write(visitor, scene.support, body, now=timezone.now())

    return begin


def arrive(person, user, address="/conversations/"):
    one = listening(person(user), address)
    one.page.wait_for_function("document.querySelector('memo-rings')?.constructor.name !== 'HTMLElement'")
    return one


def test_it_rings_at_exactly_one_who_accepts_by_a_key(scene, person, request_now):
    """E-07, M-35: Ben alone has bubble, card and flashing row; Cem has nothing until it is assigned."""
    ben, cem = arrive(person, scene.ben), arrive(person, scene.cem)
    conversation = request_now()
    expect(rings(ben.page)).to_be_visible(timeout=2_000)
    expect(ben.page.locator(".crow.ringing")).to_contain_text("Rings you")
    expect(ben.page.locator("nav.menu memo-unread")).to_contain_text("1")
    expect(cem.page.locator(".ring, .crow")).to_have_count(0)
    ben.page.keyboard.press("a")
    expect(ben.page.locator("[data-heading]")).to_have_text("Can the lamp be shortened?")
    expect(rings(ben.page)).to_have_count(0)
    expect(ben.page.locator("#composer-body")).to_be_visible()
    expect(ben.page.locator("#messages")).to_contain_text("accepted after")
    expect(cem.page.locator(f"#row-{conversation.public_id}")).to_contain_text("Ben")
    expect(cem.page.locator(".ring")).to_have_count(0)
    assert ConversationHead.objects.get(pk=conversation.pk).assignee_id == scene.ben.pk


def test_no_time_passes_it_on_at_once_to_any_page(scene, person, request_now):
    """E-08: the next member has the card within two seconds, on the settings page too, as a banner with a link."""
    ben, cem = arrive(person, scene.ben), arrive(person, scene.cem, "/settings/")
    conversation = request_now()
    rings(ben.page).get_by_role("button", name="No time").click()
    expect(rings(cem.page)).to_be_visible(timeout=2_000)
    expect(rings(ben.page)).to_have_count(0)
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_have_count(0)
    rings(cem.page).get_by_role("link").click()
    expect(cem.page).to_have_url(f"{cem.live.base_url}/conversations/{conversation.public_id}/")
    expect(cem.page.locator("#thread-ring .ring")).to_be_visible()
    expect(cem.page.locator("memo-rings .ring")).to_have_count(0)
    expect(cem.page.locator("#composer-state")).to_contain_text("Accept the request to answer")
    expect(cem.page.locator("#composer-body")).to_be_hidden()
    cem.page.locator("#thread-ring").get_by_role("button", name="Accept").click()
    expect(cem.page.locator("#composer-body")).to_be_visible(timeout=2_000)
    expect(cem.page.locator("#detail-body")).to_contain_text("offered to Ben Fuchs, no time")


def test_nobody_reacts_and_it_goes_on_in_time(scene, person, worker, request_now):
    """E-07, A-03: opening it is no reaction; when the time is over the alert is gone here and there at the next."""
    ben, cem = arrive(person, scene.ben), arrive(person, scene.cem)
    conversation = request_now()
    ben.page.locator(f"#row-{conversation.public_id} a").click()
    expect(ben.page.locator("#thread-ring .ring")).to_be_visible()
    worker.settle(timezone.now() + timedelta(seconds=10))
    expect(rings(ben.page)).to_have_count(0)
    expect(rings(cem.page)).to_be_visible(timeout=2_000)
    expect(ben.page.locator("#composer-state")).to_contain_text("Rings at Cem")
    expect(ben.page.locator("nav.menu memo-unread")).to_have_text("")
    worker.settle(timezone.now() + timedelta(seconds=21))
    expect(rings(cem.page)).to_have_count(0)
    assert Offer.objects.get(conversation=conversation, state="pending").user_id == scene.dora.pk


def test_who_comes_too_late_reads_who_has_it(scene, person, request_now):
    """E-08: a page that did not hear the end of its offer gets plain words and the new state, and stores nothing."""
    ben = person(scene.ben)
    silent, posted = [], []
    ben.page.route_web_socket("**/ws/agent/", lambda ws: _deaf(ws, silent))

    def answer(route) -> None:
        """Until it has asked for the request, the page does not hear by fetching either."""
        posted.extend([True] if route.request.method == "POST" else [])
        route.abort() if silent and not posted else route.continue_()

    ben.page.route("**/conversations/**", answer)
    ben.expected = ("409", "ERR_FAILED")
    conversation = request_now()
    ben.page.goto(f"/conversations/{conversation.public_id}/")
    card = ben.page.locator("#thread-ring .ring")
    expect(card).to_be_visible()
    ben.page.wait_for_load_state("networkidle")
    silent.append(True)
    ringing.decline(conversation, user=scene.ben, now=timezone.now())
    ringing.accept(conversation, user=scene.cem, now=timezone.now())
    card.get_by_role("button", name="Accept").click()
    expect(ben.page.locator("#toasts")).to_contain_text("This is already with Cem Aydın.")
    expect(card).to_have_count(0)
    expect(ben.page.locator("#composer-state")).to_contain_text("Cem Aydın answers here.")
    assert ConversationHead.objects.get(pk=conversation.pk).assignee_id == scene.cem.pk


def _deaf(ws, silent) -> None:
    server = ws.connect_to_server()
    server.on_message(lambda message: None if silent else ws.send(message))


def test_managers_watch_without_being_rung(scene, person, request_now):
    """M-39: the admin sees who is being asked, in the list and in “Being offered”, and hears nothing."""
    anna = arrive(person, scene.anna)
    conversation = request_now()
    row = anna.page.locator(f"#row-{conversation.public_id}")
    expect(row).to_contain_text("Rings Ben")
    expect(anna.page.locator(".ring")).to_have_count(0)
    expect(anna.page.get_by_role("link", name="Being offered").last).to_contain_text("1")
    row.locator("a").click()
    expect(anna.page.locator("#detail-body")).to_contain_text("Order of ringing")
    anna.page.get_by_role("button", name="Assign to me").click()
    expect(anna.page.locator("#composer-body")).to_be_visible()
    assert Offer.objects.filter(conversation=conversation, state="pending").count() == 0


def test_locked_when_it_is_taken_away(scene, person, request_of):
    """E-38: assigned to Dora by a manager while Ben writes: his composer locks, what he typed stays his draft."""
    conversation, _visitor = request_of(scene.ben)
    ben, anna = person(scene.ben), person(scene.anna)
    for one in (ben, anna):
        one.page.goto(f"/conversations/{conversation.public_id}/")
    ben.page.locator("#composer-body").fill("half an answer")
    anna.page.get_by_role("button", name="More").click()
    anna.page.get_by_role("button", name="Dora Lindqvist").click()
    expect(ben.page.locator("#composer-state")).to_contain_text("Dora Lindqvist answers here.")
    expect(ben.page.locator("#composer-body")).to_be_hidden()
    assert ben.page.evaluate("document.getElementById('composer-body').value") == "half an answer"
    expect(ben.page.locator("#messages")).to_contain_text("Anna Berg assigned this to Dora Lindqvist")


def test_an_answer_older_than_the_list_brings_nothing_back(scene, person, request_now):
    """INV-19: the list asks for news, I say “No time” before the answer is here: the row does not come back with it."""
    ben = arrive(person, scene.ben)
    held, asked = [], []

    def hold(route) -> None:
        if held:
            asked.append(route.request.url)
            route.continue_()
        else:
            held.append((route, route.fetch()))

    ben.page.route("**/conversations/state/**", hold)
    conversation = request_now()
    row = ben.page.locator(f"#row-{conversation.public_id}")
    while not held:
        ben.page.wait_for_timeout(20)
    (route, answer) = held[0]
    assert str(conversation.public_id) in answer.text()
    rings(ben.page).get_by_role("button", name="No time").click()
    expect(rings(ben.page)).to_have_count(0)
    route.fulfill(response=answer)
    while not any("list=1" in url for url in asked):
        ben.page.wait_for_timeout(20)
    expect(row).to_have_count(0)


def test_a_reply_of_the_visitor_while_it_rings_does_not_restart_the_clock(scene, person, request_now):
    """model.md §4.2: further messages belong to the same offer."""
    ben = arrive(person, scene.ben)
    conversation = request_now()
    expect(rings(ben.page)).to_be_visible()
    before = rings(ben.page).locator("memo-countdown").get_attribute("expires")
    say(conversation, conversation.visitor, "Hello?")
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_contain_text("Hello?")
    assert rings(ben.page).locator("memo-countdown").get_attribute("expires") == before
    assert Offer.objects.filter(conversation=conversation).count() == 1
