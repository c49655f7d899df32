"""Who else looks at a conversation and who writes there, in two browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from events import groups
from events.publish import whisper
from tests.browser.conftest import say
from tests.browser.threads import at, listening

pytestmark = [pytest.mark.browser]


def test_who_else_is_here(scene, person, request_of):
    """Colleagues see who looks and who writes; what is written internally is called so; gone is gone."""
    conversation, visitor = request_of(scene.ben)
    ben, cem = person(scene.ben), person(scene.cem)
    at(ben, conversation)
    foot = ben.page.locator("[data-foot]")
    expect(foot).to_have_text("")
    at(cem, conversation)
    expect(foot).to_have_text("Cem Aydın is looking at this")
    cem.page.keyboard.press("i")
    expect(cem.page.locator("#composer-body")).to_be_focused()
    cem.page.locator("#composer-body").press_sequentially("hm")
    expect(foot).to_have_text("Cem Aydın is writing internally …")
    cem.page.goto("/conversations/")
    expect(foot).to_have_text("")
    who = {"kind": "visitor", "id": str(visitor.public_id), "name": visitor.label}
    whisper(groups.conversation_team(conversation.public_id), "typing", {"c": str(conversation.public_id), "who": who})
    expect(foot).to_have_text("Visitor #1 is typing …")
    expect(ben.page.locator(f"#row-{conversation.public_id}")).to_contain_text("is typing …")
    say(conversation, visitor, "done")
    expect(foot).to_have_text("")


def test_rows_say_who_is_answering(scene, person, request_of):
    """A colleague with the list open sees who writes there; so nobody answers twice."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = person(scene.ben), person(scene.cem)
    listening(cem, "/conversations/?view=open")
    row = cem.page.locator(f"#row-{conversation.public_id}")
    expect(row).to_contain_text("Can the lamp be shortened?")
    page = listening(ben, f"/conversations/{conversation.public_id}/").page
    page.keyboard.press("r")
    page.locator("#composer-body").press_sequentially("Yes, w")
    expect(row.locator("[data-typing]")).to_have_text(f"{scene.ben.full_name} is answering")
    expect(row.locator("[data-preview]")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(row).to_contain_text("Yes, w")
    expect(row.locator("[data-typing]")).to_be_hidden()


def test_who_left_without_a_word_fades(scene, person, request_of):
    """A tab that died says no goodbye: its name is gone within 20 s; one that is closed, at once."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = person(scene.ben), person(scene.cem)
    ben.context.clock.install()
    page = at(ben, conversation)
    at(cem, conversation)
    foot = page.locator("[data-foot]")
    expect(foot).to_have_text("Cem Aydın is looking at this")
    cem.page.close()
    expect(foot).to_have_text("")
    who = {"kind": "user", "id": str(scene.cem.public_id), "name": scene.cem.full_name}
    whisper(groups.conversation_team(conversation.public_id), "viewing", {"c": str(conversation.public_id), "who": who})
    expect(foot).to_have_text("Cem Aydın is looking at this")
    page.clock.fast_forward(20_000)
    expect(foot).to_have_text("")


def test_several_look_and_write_in_good_grammar(scene, person, request_of):
    """Two people “are” looking; a colleague who writes is named in the row, the customer is not taken for them."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    group, row = groups.conversation_team(conversation.public_id), page.locator(f"#row-{conversation.public_id}")
    foot = page.locator("[data-foot]")
    for user in (scene.cem, scene.dora):
        who = {"kind": "user", "id": str(user.public_id), "name": user.full_name}
        for _ in range(40):  # a whisper may be lost: the socket may not hear the thread yet
            whisper(group, "viewing", {"c": str(conversation.public_id), "who": who})
            page.wait_for_timeout(250)
            if user.full_name in foot.text_content():
                break
    expect(foot).to_have_text("Cem Aydın and Dora Lindqvist are looking at this")
    whisper(group, "typing", {"c": str(conversation.public_id), "who": who})
    expect(row.locator("[data-typing]")).to_have_text("Dora Lindqvist is answering")
