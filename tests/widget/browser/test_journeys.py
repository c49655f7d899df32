"""The widget in a real browser on a foreign page, from the first look to the closed conversation: E-12, N-09, N-20."""

from __future__ import annotations

import re

import pytest

from channels_app.models import Widget
from conversations.models import Conversation, Message, Participant
from customers.models import Customer, Visitor
from tests.cast import make_channel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_nothing_happens_before_the_visitor_acts(shopper, site) -> None:
    """One request, no frame, no cookie, no storage, no complaint of the host's strict policy."""
    kim = shopper()
    kim.visit()
    kim.page.wait_for_timeout(400)
    assert [url for url in kim.requests if url.startswith(site.memo)] == [f"{site.memo}/w/memo.js"]
    assert len(kim.page.frames) == 1
    assert kim.page.context.cookies() == []
    assert kim.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert not Visitor.objects.exists()
    shift = kim.page.evaluate(
        """() => new Promise((done) => {
          new PerformanceObserver((list) => done(list.getEntries().length)).observe({ type: "layout-shift", buffered: true })
          setTimeout(() => done(0), 200) })"""
    )
    assert shift == 0


def test_both_directions_within_two_seconds(shopper, team) -> None:
    """E-12: no personal data; the agent reads “Visitor #…”."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Can the Aurora be shortened to 80 cm?")
    team.wait(lambda: Message.objects.filter(body__startswith="Can the Aurora").exists(), kim.page)
    conversation = team.conversation()
    assert re.fullmatch(r"Visitor #\d+", conversation.requester_label)
    frame.get_by_text("We are looking for the right person").wait_for()
    offer = team.accept()
    frame.get_by_text(f"{offer.user.full_name} is taking care of it").wait_for(timeout=2_000)
    team.answer("Yes, to the centimetre.")
    frame.locator(".bub", has_text="Yes, to the centimetre.").wait_for(timeout=2_000)
    team.wait(lambda: frame.locator("h1").inner_text() == offer.user.full_name, kim.page)


def test_seen_means_looked_at_for_a_second(shopper, team) -> None:
    """model.md §4.3: open, visible and focused; a closed chat shows the number instead."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    kim.call("close")
    kim.page.evaluate("memo('on', 'unread', number => window.waiting = number)")
    team.answer("Here I am.")
    kim.page.wait_for_function("() => window.waiting === 1")
    kim.page.wait_for_timeout(1_600)
    mark = lambda: Participant.objects.get(visitor__isnull=False).last_read_seq  # noqa: E731
    assert mark() == 1
    kim.call("open")
    kim.page.bring_to_front()
    team.wait(lambda: mark() == 2, kim.page)
    kim.page.wait_for_function("() => window.waiting === 0")


def test_the_conversation_is_there_after_a_reload_and_not_for_others(shopper, team) -> None:
    """E-12: same browser yes, private window no."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Remember me")
    frame.locator(".state.sent").wait_for()
    kim.page.reload()
    kim.frame.locator(".bub", has_text="Remember me").wait_for()
    other = shopper()
    other.visit()
    other.open().get_by_text("Moin!").wait_for()
    assert other.frame.locator(".bub", has_text="Remember me").count() == 0
    assert Visitor.objects.count() == 1


def test_several_conversations_and_topics(shopper, team, cast) -> None:
    """N-09, N-10: a topic with its purpose, a new conversation, back to an earlier one."""
    cast.widget.channels.add(make_channel(cast.inbox, "Billing", cast.dora, purpose="Invoices and refunds"))
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_text("What is it about?").wait_for()
    frame.get_by_role("button", name="Billing Invoices and refunds").click()
    kim.write("About an invoice")
    frame.locator(".state.sent").wait_for()
    assert team.conversation().channel.name == "Billing"
    frame.get_by_label("All conversations").click()
    frame.get_by_role("button", name="Support").click()
    kim.write("About a lamp")
    frame.locator(".state.sent").wait_for()
    frame.get_by_label("All conversations").click()
    frame.get_by_role("button", name=re.compile("About an invoice")).click()
    kim.write("One more thing")
    frame.locator(".bub", has_text="One more thing").wait_for()
    team.wait(lambda: Message.objects.filter(body="One more thing").exists(), kim.page)
    assert Message.objects.get(body="One more thing").conversation.channel.name == "Billing"


def test_name_and_address_can_be_given(shopper, team) -> None:
    """N-20: offered below the composer, never before; marked unverified at the team."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_role("button", name="Leave an address").click()
    frame.get_by_label("Name").fill("Kim Larsen")
    frame.get_by_label("E-mail address").fill("kim@abc")
    frame.get_by_label("E-mail address").fill("not an address")
    frame.get_by_role("button", name="Save").click()
    frame.get_by_text("Please check the e-mail address.").wait_for()
    frame.get_by_label("E-mail address").fill("kim@abc.com")
    frame.get_by_role("button", name="Save").click()
    frame.get_by_text("Answers also go to kim@abc.com").first.wait_for()
    visitor = Visitor.objects.get()
    assert (visitor.label, visitor.verified) == ("Kim Larsen", False)
    assert Customer.objects.get().created_via == "widget"


def test_where_a_name_is_required_it_comes_first(shopper, cast) -> None:
    Widget.objects.update(ask_identity="required")
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_text("Before we start").wait_for()
    assert frame.locator("textarea").is_hidden()
    frame.get_by_role("button", name="Start chat").click()
    frame.get_by_text("Please fill in this field.").first.wait_for()
    frame.get_by_label("Name").fill("Kim")
    frame.get_by_label("E-mail address").fill("kim@abc.com")
    frame.get_by_role("button", name="Start chat").click()
    frame.locator("textarea:focus").wait_for()


def test_earlier_messages_come_when_asked_for(shopper, team) -> None:
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("The very first")
    frame.locator(".state.sent").wait_for()
    for number in range(60):
        team.answer(f"Line {number}")
    kim.page.reload()
    frame = kim.frame
    frame.locator(".bub", has_text="Line 59").wait_for()
    assert frame.locator(".bub").count() == 50
    assert frame.evaluate("document.querySelector('.scroll').scrollTop") == 0
    frame.get_by_role("button", name="Show earlier messages").click()
    frame.locator(".bub", has_text="The very first").wait_for()
    assert frame.locator(".bub").count() == 61


def test_a_closed_conversation_reopens_by_writing(shopper, team) -> None:
    from django.utils import timezone

    from conversations.actions import closing
    from conversations.authors import Author

    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("First question")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    closing.close(team.conversation(), author=Author.of_user(offer.user), role="team_member", now=timezone.now())
    frame.get_by_text("This conversation is closed.").wait_for(timeout=2_000)
    kim.write("Second question")
    frame.get_by_text("We are looking for the right person").wait_for()
    assert Conversation.objects.count() == 1
