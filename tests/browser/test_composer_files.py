"""Files on their way in real browsers: each belongs to the sheet that it was chosen for, and nothing goes without a press."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conversations.models import Attachment, Draft, Message
from tests.browser.threads import LINES, held_back, stored, until
from tests.browser.threads import at as opened

pytestmark = [pytest.mark.browser]


def at(one, conversation):
    page = opened(one, conversation)
    page.wait_for_function("document.querySelector('memo-composer').form")
    return page


def chosen(page, name):
    page.set_input_files(
        "memo-composer [data-files]", {"name": name, "mimeType": "text/plain", "buffer": name.encode()}
    )


def turn(page, kind):
    page.evaluate("kind => document.querySelector('memo-composer').turn(kind)", kind)


def files_of(conversation, kind) -> list[str]:
    row = Draft.objects.filter(conversation=conversation, kind=kind).first()
    names = dict(Attachment.objects.values_list("public_id", "name"))
    return [names[one] for one in row.files] if row else []


def test_what_waits_for_a_file_belongs_to_its_sheet(scene, person, request_of):
    """“Send” on the internal sheet, then half a reply: only a press sends it; the internal file stays on its sheet."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    held, body, chips = (
        held_back(page, "**/uploads/"),
        page.locator("#composer-body"),
        page.locator("memo-composer .file.upload"),
    )
    turn(page, "internal")
    body.fill("See the plan")
    chosen(page, "plan.txt")
    body.press("Control+Enter")
    expect(page.locator("[data-draft-note]")).to_have_text("Goes when the files have arrived")
    turn(page, "reply")
    expect(chips).to_have_count(0)
    body.fill("Dear Kim, half a sent")
    chosen(page, "offer.txt")
    until(lambda: len(held) == 2, page)
    held[1].continue_()
    until(lambda: files_of(conversation, "reply") == ["offer.txt"], page)
    held[0].continue_()
    until(lambda: files_of(conversation, "internal") == ["plan.txt"], page)
    expect(body).to_have_value("Dear Kim, half a sent")
    expect(chips).to_have_text(re.compile("offer.txt"))
    turn(page, "internal")
    expect(body).to_have_value("See the plan")
    expect(chips).to_have_text(re.compile("plan.txt"))
    assert not Message.objects.filter(author_kind="user").exists()
    body.press("Control+Enter")
    expect(page.locator("#messages .slip").last).to_contain_text("plan.txt")
    turn(page, "reply")
    expect(chips).to_have_text(re.compile("offer.txt"))


@pytest.mark.parametrize("change", ["edit", "remove", "add", "turn"])
def test_what_waits_is_dropped_by_a_change(scene, person, request_of, change):
    """It was another message with which “Send” was pressed; without a change it goes."""
    conversation, _visitor = request_of(scene.ben)
    one = person(scene.ben)
    one.expected = ("ERR_ABORTED",)
    page = at(one, conversation)
    held, body = held_back(page, "**/uploads/"), page.locator("#composer-body")
    body.fill("Here it is")
    for name in ("one.txt", "two.txt"):
        chosen(page, name)
    until(lambda: len(held) == 2, page)
    body.press("Control+Enter")
    if change == "edit":
        body.press_sequentially("!")
        body.press("Backspace")
    elif change == "remove":
        page.locator(".file.upload").last.locator("[data-remove]").click()
    elif change == "add":
        chosen(page, "three.txt")
        until(lambda: len(held) == 3, page)
    else:
        turn(page, "internal")
        turn(page, "reply")
    for route in held if change != "remove" else held[:1]:
        route.continue_()
    number = {"remove": 1, "add": 3}.get(change, 2)
    until(lambda: len(files_of(conversation, "reply")) == number, page)
    expect(page.locator(".file.upload progress")).to_have_count(0)
    expect(body).to_have_value("Here it is")
    assert not Message.objects.filter(author_kind="user").exists()


def test_it_goes_when_its_files_have_arrived(scene, person, request_of):
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    held = held_back(page, "**/uploads/")
    page.locator("#composer-body").fill("Here it is")
    chosen(page, "plan.txt")
    page.locator("#composer-body").press("Control+Enter")
    until(lambda: held, page)
    held[0].continue_()
    expect(page.locator("#messages .own").last).to_contain_text("plan.txt")
    expect(page.locator("#messages .state").last).to_have_text("Sent")


def test_a_file_that_arrives_after_one_left(scene, person, request_of):
    """It stands in the draft of the conversation that it was chosen for, beside what was begun there."""
    first, second = (request_of(scene.ben, f"Question {n}?")[0] for n in range(2))
    page = at(person(scene.ben), first)
    held = held_back(page, "**/uploads/")
    page.locator("#composer-body").fill("Here")
    chosen(page, "plan.txt")
    until(lambda: held, page)
    page.locator(f"#row-{second.public_id} a").first.click()
    expect(page.locator(LINES).last).to_have_text("Question 1?")
    held[0].continue_()
    until(lambda: files_of(first, "reply") == ["plan.txt"], page)
    assert stored(first) == "Here"
    assert files_of(second, "reply") == []


def test_a_file_chosen_while_the_page_still_loads_its_part(scene, person, request_of):
    """What sends files up comes late; the sheet was turned meanwhile: the file is the internal sheet's all the same."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    held = held_back(page, "**/uploads*.js")
    turn(page, "internal")
    chosen(page, "plan.txt")
    until(lambda: held, page)
    turn(page, "reply")
    page.locator("#composer-body").fill("Dear Kim")
    held[0].continue_()
    until(lambda: files_of(conversation, "internal") == ["plan.txt"], page)
    expect(page.locator(".file.upload")).to_have_count(0)
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator(LINES).last).to_have_text("Dear Kim")
    expect(page.locator("#messages .state").last).to_have_text("Sent")
    assert not Attachment.objects.exclude(message=None).exists()
    assert files_of(conversation, "reply") == []


def test_the_files_stand_still_while_they_arrive(scene, person, request_of):
    """§10 “nothing jumps”: a finger that is on “Remove” when the files arrive removes that file, no other and not none."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    held, chips = held_back(page, "**/uploads/"), page.locator(".file.upload")
    for name in ("one.txt", "two.txt", "three.txt"):
        chosen(page, name)
    until(lambda: len(held) == 3, page)
    before = [chip.bounding_box() for chip in chips.all()]
    chips.nth(1).locator("[data-remove]").hover()
    page.mouse.down()
    for route in held:
        route.continue_()
    expect(page.locator(".file.upload progress")).to_have_count(0)
    assert [chip.bounding_box() for chip in chips.all()] == before
    page.mouse.up()
    expect(chips).to_have_text([re.compile("one.txt"), re.compile("three.txt")])
    until(lambda: files_of(conversation, "reply") == ["one.txt", "three.txt"], page)


def test_who_removes_files_by_keyboard_goes_on_from_there(scene, person, request_of):
    """§7: the next file's button has the focus, then the one before, then the text: never the page's beginning."""
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    removes = page.locator(".file.upload [data-remove]")
    for name in ("one.txt", "two.txt", "three.txt"):
        chosen(page, name)
    until(lambda: len(files_of(conversation, "reply")) == 3, page)
    removes.nth(1).press("Enter")
    expect(removes).to_have_count(2)
    expect(removes.nth(1)).to_be_focused()
    removes.nth(1).press("Enter")
    expect(removes.first).to_be_focused()
    removes.first.press("Enter")
    expect(page.locator("#composer-body")).to_be_focused()
