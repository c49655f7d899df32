"""What one has in hand stays so while others work on the same conversation; rows tell what one did oneself."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions import assigning, following, labels
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import Conversation, Message
from tests.browser.conftest import say
from tests.browser.threads import at, write_and_send
from tests.cast import make_visitor, write

pytestmark = [pytest.mark.browser]


def fresh(conversation) -> Conversation:
    return Conversation.objects.select_related("head__inbox", "company").get(pk=conversation.pk)


def test_an_open_menu_and_its_fields_stay(scene, person, request_of):
    """Why, a tag and a date are half typed when a colleague follows and tags: nothing moves, nothing is emptied."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.anna), conversation)
    tag = page.locator("#detail-body input[name=name]").first
    page.locator("#thread-head").get_by_role("button", name="More").click()
    why = page.get_by_placeholder("Why (internal)")
    why.fill("She speaks Swe")
    menu = page.locator("#thread-menu")
    before = menu.bounding_box()
    following.follow(fresh(conversation), member=scene.member(scene.cem), now=timezone.now())
    labels.add_tag(fresh(conversation), member=scene.member(scene.cem), name="urgent")
    expect(page.locator("#detail-body")).to_contain_text("urgent")
    expect(why).to_have_value("She speaks Swe")
    assert menu.bounding_box() == before
    page.keyboard.press("Escape")
    tag.fill("half a wo")
    labels.add_tag(fresh(conversation), member=scene.member(scene.cem), name="lamps")
    expect(page.locator("#detail-body")).to_contain_text("lamps")
    expect(tag).to_have_value("half a wo")


def test_a_menu_closes_after_what_was_chosen(scene, person, request_of):
    """One's own verb: the menu is gone, and opens with the next click."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.anna), conversation)
    more = page.locator("#thread-head").get_by_role("button", name="More")
    more.click()
    page.locator("#thread-menu").get_by_role("button", name="Back to Unassigned").click()
    expect(page.locator("#messages")).to_contain_text("took this from Ben Fuchs")
    expect(page.locator("#thread-menu")).to_be_hidden()
    more.click()
    expect(page.locator("#thread-menu")).to_be_visible()


def test_tags_are_live_in_rows(scene, person, request_of):
    """Put on and taken off by a colleague; a new message keeps them."""
    conversation, visitor = request_of(scene.ben)
    page = at(person(scene.anna), conversation)
    row = page.locator(f"#row-{conversation.public_id}")
    labels.add_tag(fresh(conversation), member=scene.member(scene.cem), name="urgent")
    expect(row.locator(".tags")).to_have_text("urgent")
    say(conversation, visitor, "Any news?")
    expect(row).to_contain_text("Any news?")
    expect(row.locator(".tags")).to_have_text("urgent")
    labels.remove_tag(fresh(conversation), member=scene.member(scene.cem), name="urgent")
    expect(row.locator(".tags")).to_have_count(0)


def test_my_own_words_stand_in_my_rows(scene, person, request_of):
    """“You” with every message, and the internal row follows what I write there."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    row = page.locator(f"#row-{conversation.public_id}")
    for text in ("Yes.", "It can.", "By 20 cm."):
        write_and_send(page, text)
        expect(row.locator("[data-preview]")).to_have_text(f"You: {text}")
    side = side_conversation(fresh(conversation), member=scene.member(scene.cem), now=timezone.now())
    post_message(
        fresh(side), author=Author.of_user(scene.cem), body="Ask the workshop", client_id=uuid4(), via="app",
        role="team_member", now=timezone.now(),
    )  # fmt: skip
    inside = page.locator(f"#row-{side.public_id}")
    page.goto(f"/conversations/{conversation.public_id}/")
    page.keyboard.press("i")
    expect(page.locator("#composer-body")).to_be_focused()
    write_and_send(page, "I did")
    expect(page.locator("#messages .slip").last).to_contain_text("I did")
    if inside.count():
        expect(inside).to_contain_text("I did")
    assert Message.objects.filter(body="I did").count() == 1


def test_what_is_given_to_me_while_i_look_is_seen(scene, person):
    """No line came, so no mark moves; still it calls for nobody who looks at it."""
    conversation = write(make_visitor(scene.nordlicht), scene.support, "Whose is it?")
    assigning.assign(fresh(conversation), to=scene.cem, by=scene.anna, role="admin", now=timezone.now())
    page = at(person(scene.ben), conversation)
    row = page.locator(f"#row-{conversation.public_id}")
    page.wait_for_timeout(1_300)  # looked at for a second, as reading is defined
    assigning.assign(fresh(conversation), to=scene.ben, by=scene.anna, role="admin", now=timezone.now())
    expect(page.locator("#messages")).to_contain_text("assigned this to Ben Fuchs")
    expect(row.locator(".count")).to_have_count(0)
    expect(page.locator("#side .count.new")).to_have_count(0)


def test_the_slower_of_two_loses_with_a_word(scene, person, request_of):
    """G-14: Dora manages the inbox, but what she saw was nobody's; she does not take it from Ben unawares."""
    conversation, _visitor = request_of(scene.ben)
    assigning.release(fresh(conversation), by=scene.anna, role="admin", now=timezone.now())
    dora = person(scene.dora)
    dora.expected = ("409",)
    page = at(dora, conversation)
    form = page.locator("form:has(> [name=seen])").last
    expect(form.get_by_role("button", name="Assign to me")).to_be_attached()
    # From now on the page hears of nothing; what it showed stays.
    form = form.evaluate_handle("(form) => { document.body.append(form); return form; }")
    page.evaluate("document.querySelector('memo-thread').remove()")
    assigning.assign(fresh(conversation), to=scene.ben, by=scene.ben, role="team_member", now=timezone.now())
    page.evaluate("(form) => form.requestSubmit()", form)
    expect(page.locator("#toasts")).to_contain_text("This is already with Ben Fuchs.")
    assert fresh(conversation).head.assignee_id == scene.ben.pk
