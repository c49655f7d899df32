"""The unseen minute on the real clock: mails after 60 to 65 s, answered and posted; E-19, E-22, N-33."""

from __future__ import annotations

import time

import pytest

from conversations.models import Conversation, Message
from tests.stories.test_ring import SLACK_S, ask, wait_for_ring

pytestmark = [pytest.mark.story, pytest.mark.browser]


def accepted(one, text: str):
    """Ben has accepted a visitor's request; returns (ben, page, chat, conversation)."""
    ben = one.agent(one.world.ben)
    page, chat = one.visitor()
    ask(chat, text)
    wait_for_ring([ben], seconds=4 + SLACK_S)
    ben.page.locator(".ring:visible button", has_text="Accept").click()
    ben.page.locator("textarea").first.wait_for()
    return ben, page, chat, Conversation.objects.get(company=one.world.company, subject=text)


def leave_address(conversation: Conversation, address: str) -> None:
    """The visitor of the conversation is known by this address."""
    visitor = conversation.visitor
    visitor.name, visitor.email = "Kim Berg", address
    visitor.save()


def test_an_unseen_request_is_mailed_and_the_answer_posted(story, mails):
    """E-19, N-33, N-34: nothing before 60 s, one mail by 65 s; its answer is in the conversation and in the chat."""
    one = story(escalate=300, members=1)
    _, chat = one.visitor()
    began = time.time()
    ask(chat, "The lamp flickers.")
    mail = mails.wait(one.world.ben.email, count=1, seconds=70)[0]
    assert 60 <= mail["received_at"] - began <= 66 + SLACK_S
    assert "The lamp flickers." in mail["text"]
    raw = mails.answer(mail, "Please turn the dimmer once.", sender=one.world.ben.email)
    chat.get_by_text("Please turn the dimmer once.", exact=True).wait_for(timeout=8_000)
    conversation = Conversation.objects.select_related("head").get(
        company=one.world.company, subject="The lamp flickers."
    )
    assert conversation.head.assignee_id == one.world.ben.pk
    message = Message.objects.get(conversation=conversation, user=one.world.ben)
    assert message.body == "Please turn the dimmer once."
    # The same raw mail again, an out-of-office note and a forged sender change nothing.
    mails.deliver(raw, sender=one.world.ben.email, to=mail["reply_to"])
    mails.answer(mail, "I am away.", sender=one.world.ben.email, headers={"Auto-Submitted": "auto-replied"})
    mails.answer(mail, "I am Ben, honestly.", sender="somebody@evil.example")
    time.sleep(8)
    assert Message.objects.filter(conversation=conversation).count() == 2
    assert len(mails.to(one.world.ben.email)) == 1


def test_what_was_seen_is_not_mailed(story, mails):
    """N-33, N-47: seen at about 50 s: no mail by 75 s."""
    one = story(escalate=300, members=1)
    ben = one.agent(one.world.ben)
    _, chat = one.visitor()
    ask(chat, "Seen in time?")
    wait_for_ring([ben], seconds=4 + SLACK_S)
    time.sleep(50)
    ben.page.locator(".ring:visible button", has_text="Accept").click()
    ben.page.locator("textarea").first.wait_for()
    time.sleep(25)
    assert mails.to(one.world.ben.email) == []


def test_the_answer_reaches_the_customer(story, mails):
    """E-22, N-59: chat open and visible: seen within 2 s, no mail by 75 s."""
    one = story(escalate=60, members=1)
    ben, _page, chat, conversation = accepted(one, "Is it in stock?")
    leave_address(conversation, f"kim@{one.world.tag}.example")
    box = ben.page.locator("textarea").first
    box.fill("Yes, ten of them.")
    box.press("Control+Enter")
    chat.get_by_text("Yes, ten of them.", exact=True).wait_for(timeout=int((2 + SLACK_S) * 1000))
    time.sleep(75)
    assert mails.to(f"kim@{one.world.tag}.example") == []


def test_the_answer_is_mailed_when_the_chat_is_closed(story, mails):
    """E-22, N-59, N-26: chat closed: one mail at 60–65 s; Kim's answer to it lands in the same conversation."""
    one = story(escalate=60, members=1)
    ben, page, _chat, conversation = accepted(one, "When can you deliver?")
    address = f"kim@{one.world.tag}.example"
    leave_address(conversation, address)
    page.context.close()
    box = ben.page.locator("textarea").first
    box.fill("On Tuesday.")
    began = time.time()
    box.press("Control+Enter")
    mail = mails.wait(address, count=1, seconds=70)[0]
    assert 60 <= mail["received_at"] - began <= 66 + SLACK_S
    assert "On Tuesday." in mail["text"]
    mails.answer(mail, "Tuesday is fine, thank you!", sender=address)
    ben.page.get_by_text("Tuesday is fine, thank you!").first.wait_for(timeout=8_000)
    assert Message.objects.filter(conversation=conversation, visitor__isnull=False).count() == 2
    assert len(mails.to(address)) == 1
