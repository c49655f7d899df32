"""While somebody writes in the widget: the text stays, and each side sees of the other what it may; Issue 4 §9."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from channels_app.models import Widget
from tests.browser.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_written_stays_while_others_write(shopper, team) -> None:
    """The composer is never rendered anew: text, cursor and focus survive news; the draft survives a reload."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    kim.page.keyboard.type("abcdefghijklm", delay=5)
    team.answer("I write meanwhile.")
    frame.locator(".bub", has_text="I write meanwhile.").wait_for()
    kim.page.keyboard.type("nopqrstuvwxyz", delay=5)
    assert frame.locator("textarea").input_value() == "abcdefghijklmnopqrstuvwxyz"
    kim.page.wait_for_timeout(500)
    kim.page.reload()
    assert kim.frame.locator("textarea").input_value() == "abcdefghijklmnopqrstuvwxyz"


def test_both_sides_see_that_the_other_writes(shopper, team) -> None:
    from events import groups
    from events.publish import whisper

    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    frame.get_by_text("is taking care of it").wait_for()
    conversation = team.conversation()
    who = {"kind": "user", "id": str(offer.user.public_id), "name": offer.user.full_name}
    data = {"c": str(conversation.public_id), "who": who}
    whisper(groups.conversation_requester(conversation.public_id), "typing", data)
    frame.get_by_text(f"{offer.user.full_name} is typing").wait_for(timeout=2_000)


def test_the_team_sees_page_and_text_only_where_the_company_wants_that(shopper, team, cast, live, chromium) -> None:
    """Issue 4 §9: told to the visitor, shown while it happens, gone with the setting."""
    Widget.objects.filter(pk=cast.widget.pk).update(share_page=True, share_typing=True)
    kim = shopper()
    kim.visit()
    frame = kim.open()
    expect(frame.locator(".below")).to_contain_text("The team sees which page you are on.")
    expect(frame.locator(".below")).to_contain_text("The team sees what you write before you send it.")
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    agent = Person(chromium, live, offer.user)
    try:
        agent.page.goto(f"/conversations/{team.conversation().public_id}/")
        agent.page.wait_for_function("document.querySelector('memo-thread')?.list")
        typed, here = agent.page.locator("[data-typed]"), agent.page.locator("memo-here")
        expect(agent.page.locator("[data-foot]")).to_have_text("")
        frame.locator("textarea").press_sequentially("half a <b>tho", delay=20)
        expect(typed).to_have_text("half a <b>tho")
        expect(agent.page.locator("[data-foot]")).to_contain_text("is typing")
        frame.locator("textarea").fill("")
        expect(typed).to_be_hidden()
        kim.call("track", "Aurora 40")
        expect(here.get_by_role("link")).to_have_text("Aurora 40")
        expect(here.get_by_role("link")).to_have_attribute("href", f"{kim.site.origin}/")
        Widget.objects.filter(pk=cast.widget.pk).update(share_typing=False)
        frame.locator("textarea").press_sequentially("not for you", delay=20)
        expect(agent.page.locator("[data-foot]")).to_contain_text("is typing")
        expect(typed).to_be_hidden()
        assert agent.unexpected() == []
    finally:
        agent.leave()
