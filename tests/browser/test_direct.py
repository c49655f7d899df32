"""Direct conversations and requests across companies in real browsers: E-02 (archive), E-05, E-06, M-29, M-30, N-01."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from companies.models import ContactPerson
from conversations.actions import directs
from conversations.actions.asking import ask
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.models import Conversation, Message, Offer
from conversations.selectors.peers import speaker
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]


@pytest.fixture
def talk(scene):
    """talk(one, other): their conversation, in which the first has written."""

    def begin(one, other, body="Shall we talk?"):
        conversation = direct_conversation(one, other, now=timezone.now())
        write(scene, conversation, one, body)
        return conversation

    return begin


def write(scene, conversation, user, body):
    author = speaker(scene.member(user), conversation)
    post_message(conversation, author=author, body=body, client_id=uuid4(), via="app", now=timezone.now())


def row(page, conversation):
    return page.locator(f"#row-{conversation.public_id}")


def ready(one, address="/conversations/"):
    one.page.goto(address)
    one.page.wait_for_function("document.querySelector('memo-live')?.constructor.name !== 'HTMLElement'")
    one.page.wait_for_timeout(300)
    return one


def send(page, text):
    page.locator("#composer-body").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def test_udo_writes_to_anna_from_the_company_s_page(scene, person):
    """E-05, E-06: ≤ 2 s in Anna's Conversations as “Udo · Süd AG”; both know each other then; order is kept."""
    ContactPerson.objects.create(company=scene.nordlicht, user=scene.anna, function="Managing director")
    udo, anna = person(scene.udo), ready(person(scene.anna))
    udo.page.goto(f"/companies/{scene.nordlicht.slug}/")
    people = udo.page.get_by_role("listitem").filter(has_text="Managing director")
    expect(udo.page.get_by_text("Ben Fuchs")).to_have_count(0)
    people.get_by_role("button", name="Write").click()
    expect(udo.page.locator("[data-heading]")).to_have_text("Anna Berg")
    send(udo.page, "Good morning from the south")
    conversation = Conversation.objects.get(kind="direct")
    expect(row(anna.page, conversation)).to_be_visible(timeout=2_000)
    expect(row(anna.page, conversation)).to_contain_text("Udo Maier")
    expect(row(anna.page, conversation)).to_contain_text("Süd AG")
    expect(row(anna.page, conversation)).to_contain_text("Good morning from the south")
    row(anna.page, conversation).locator("a").click()
    expect(anna.page.locator("#messages")).to_contain_text("Udo Maier · Süd AG")
    for one, other in ((udo, "Anna Berg"), (anna, "Udo Maier")):
        page = one.open()
        page.goto("/contacts/")
        expect(page.locator(".people-list")).to_contain_text(other)
        page.close()
    anna.page.close()
    send(udo.page, "First")
    send(udo.page, "Second")
    expect(udo.page.locator("#messages .pending")).to_have_count(0)
    later = person(scene.anna)
    later.page.goto(f"/conversations/{conversation.public_id}/")
    texts = later.page.locator("#messages .bub.text")
    expect(texts).to_have_text(["Good morning from the south", "First", "Second"])


@pytest.mark.parametrize("way", ["icon", "word"])
def test_archived_here_told_there_and_back_with_a_word(scene, person, talk, way):
    """E-02: gone from Conversations, in the Archive, a line with “Archive too” at the other side; back within 2 s."""
    conversation = talk(scene.udo, scene.anna)
    anna, udo = ready(person(scene.anna)), ready(person(scene.udo))
    for one in (anna, udo):
        row(one.page, conversation).locator("a").click()
        expect(one.page.locator("#composer-body")).to_be_visible()
    if way == "icon":
        anna.page.get_by_role("button", name="Archive this conversation").click()
    else:
        send(anna.page, "/archive")
    expect(row(anna.page, conversation)).to_have_count(0, timeout=2_000)
    expect(anna.page.locator("#thread-head")).to_contain_text("in your archive")
    expect(anna.page.locator("#composer-body")).to_have_value("")
    expect(udo.page.locator("#messages")).to_contain_text("Anna Berg archived this conversation", timeout=2_000)
    expect(row(udo.page, conversation)).to_be_visible()
    udo.page.get_by_role("button", name="Archive too").click()
    expect(row(udo.page, conversation)).to_have_count(0, timeout=2_000)
    archive = anna.open()
    archive.goto("/archive/")
    row(archive, conversation).locator("a").click()
    expect(archive.locator("#messages")).to_contain_text("Shall we talk?")
    archive.close()
    send(udo.page, "One more thing")
    for one in (anna, udo):
        expect(row(one.page, conversation)).to_be_visible(timeout=2_000)
        expect(row(one.page, conversation)).to_contain_text("One more thing")
    assert set(Message.objects.values_list("body", flat=True)) == {"Shall we talk?", "One more thing"}


def test_in_a_request_the_word_is_explained_and_not_sent(scene, person, request_of):
    """“/archive” in a customer's conversation: told that it is closed instead, nothing reaches the customer."""
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben)
    ben.expected = ("409",)
    ben.page.goto(f"/conversations/{conversation.public_id}/")
    send(ben.page, "/archive")
    expect(ben.page.locator("#toasts")).to_contain_text("A request or an internal one is closed.")
    assert Message.objects.filter(conversation=conversation).count() == 1


def test_several_people_and_one_more(scene, person):
    """M-28: begun from Contacts with two; one is added and reads from there on; the line tells all; who leaves is out."""
    ben = person(scene.ben)
    ben.page.goto("/contacts/")
    for name in ("Cem Aydın", "Dora Lindqvist"):
        ben.page.get_by_role("checkbox", name=f"Choose {name}").check()
    ben.page.get_by_role("button", name="Write to the chosen people").click()
    expect(ben.page.locator("[data-heading]")).to_have_text("Cem Aydın, Dora Lindqvist")
    send(ben.page, "Only for us three")
    conversation = Conversation.objects.get(kind="direct")
    cem = ready(person(scene.cem), f"/conversations/{conversation.public_id}/")
    ben.page.get_by_role("button", name="More").click()
    ben.page.get_by_role("link", name="Add people").click()
    ben.page.get_by_role("button", name="Add Anna Berg").click()
    expect(ben.page.locator("[data-heading]")).to_contain_text("Anna Berg")
    expect(cem.page.locator("#messages")).to_contain_text("Ben Fuchs added Anna Berg", timeout=2_000)
    anna = ready(person(scene.anna), f"/conversations/{conversation.public_id}/")
    expect(anna.page.locator("#messages")).to_contain_text("added Anna Berg")
    expect(anna.page.locator("#messages")).not_to_contain_text("Only for us three")
    send(cem.page, "Welcome")
    expect(anna.page.locator("#messages")).to_contain_text("Welcome", timeout=2_000)
    cem.expected = ("404",)  # the open thread asks once more
    cem.page.get_by_role("button", name="More").click()
    cem.page.get_by_role("button", name="Leave the conversation").click()
    expect(cem.page).to_have_url(f"{cem.live.base_url}/conversations/")
    expect(anna.page.locator("#messages")).to_contain_text("Cem Aydın left", timeout=2_000)


def test_a_request_rings_there_and_is_answered_here(scene, person):
    """M-30, M-41: from the company's page; one member's card; the answer comes to Udo's inbox, nothing of the team's."""
    scene.sued.refresh_from_db()
    udo, ben = person(scene.udo), ready(person(scene.ben))
    udo.page.goto(f"/companies/{scene.nordlicht.slug}/")
    udo.page.get_by_role("link", name="Write to Support").click()
    expect(udo.page.locator("h1")).to_have_text("Support")
    udo.page.get_by_label("Subject").fill("Delivery")
    udo.page.get_by_label("Your message").fill("Do you deliver to Ulm?")
    udo.page.get_by_role("button", name="Send the request").click()
    expect(udo.page.locator("#thread-head")).to_contain_text("We are looking for the right person.")
    conversation = Conversation.objects.get(kind="customer")
    card = ben.page.locator(".ring:visible")
    expect(card).to_be_visible(timeout=2_000)
    expect(card).to_contain_text("Udo Maier · Süd AG")
    card.get_by_role("button", name="Accept").click()
    expect(udo.page.locator("#thread-head")).to_contain_text("Ben Fuchs answers you", timeout=2_000)
    send(ben.page, "On Mondays")
    expect(udo.page.locator("#messages")).to_contain_text("On Mondays", timeout=2_000)
    expect(udo.page.locator("#messages .msg.own")).to_have_count(1)
    expect(row(udo.page, conversation)).to_contain_text("On Mondays")
    send(udo.page, "Perfect")
    expect(ben.page.locator("#messages")).to_contain_text("Perfect", timeout=2_000)
    expect(udo.page.locator("#messages .msg.own")).to_have_count(2)
    expect(udo.page.locator("#messages")).not_to_contain_text("accepted")
    udo.page.get_by_role("button", name="Solved").click()
    expect(udo.page.locator("#thread-head")).to_contain_text("solved")
    expect(row(udo.page, conversation)).to_have_count(0)
    expect(ben.page.locator("#messages")).to_contain_text("closed this conversation", timeout=2_000)
    send(udo.page, "One more question")
    expect(row(udo.page, conversation)).to_be_visible(timeout=2_000)


def test_it_goes_on_to_the_next_colleague_in_time(scene, person, worker):
    """E-07 with a request of another company: who does not react loses it, the next one has it."""
    ben, cem = ready(person(scene.ben)), ready(person(scene.cem))
    ask(
        scene.member(scene.udo),
        scene.support,
        subject="",
        body="Hello?",
        client_id=uuid4(),
        start_id=uuid4(),
        now=timezone.now(),
    )
    expect(ben.page.locator(".ring:visible")).to_be_visible(timeout=2_000)
    worker.settle(timezone.now() + timedelta(seconds=10))
    expect(ben.page.locator(".ring:visible")).to_have_count(0)
    expect(cem.page.locator(".ring:visible")).to_be_visible(timeout=2_000)
    assert Offer.objects.get(state="pending").user_id == scene.cem.pk


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_for_everybody(scene, person, talk, scheme):
    """axe finds nothing on contacts, adding people, the form of a request, its thread, a direct thread; no overflow."""
    conversation = talk(scene.udo, scene.anna)
    directs.archive(conversation, user=scene.anna, now=timezone.now())
    asked = ask(
        scene.member(scene.udo), scene.support, subject="Delivery", body="Do you deliver?", client_id=uuid4(),
        start_id=uuid4(), now=timezone.now(),
    )  # fmt: skip
    udo = person(scene.udo, color_scheme=scheme)
    for address in (
        "/contacts/", f"/conversations/{conversation.public_id}/", f"/conversations/{conversation.public_id}/people/",
        f"/channels/{scene.support.public_id}/ask/", f"/requests/{asked.public_id}/",
    ):  # fmt: skip
        udo.page.goto(address)
        udo.page.wait_for_timeout(300)
        assert axe(udo.page) == [], address
        for width in (390, 1280):
            udo.page.set_viewport_size({"width": width, "height": 844})
            wide = udo.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{address} is wider than {width}"
