"""The composer in real browsers: drafts on two devices, undo, send later, saved replies by keyboard (G-22…G-25)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from channels_app.models import Inbox
from conversations.actions import assigning
from conversations.authors import Author
from conversations.models import Draft, Later, Message
from tests.browser.conftest import say
from tests.browser.threads import LINES, at, stored, until, write_and_send
from tests.ui.conftest import axe
from texts.actions import add_reply
from texts.models import Variables

pytestmark = [pytest.mark.browser]

# Nothing is on its way any more: the frame is complete, and so it stays for five frames.
STANDS = """async (heading) => {
  const still = () =>
    document.querySelector("[data-heading]")?.textContent.trim() === heading &&
    !document.querySelector("#conversation[busy], html[aria-busy]");
  for (let n = 0; n < 5; n++) {
    if (!still()) return false;
    await new Promise(requestAnimationFrame);
  }
  return true;
}"""


def test_a_draft_on_two_devices(scene, person, request_of):
    """What is typed here stands there a moment later; two that differ are never mixed: the writer chooses."""
    conversation, _visitor = request_of(scene.ben)
    people = [person(scene.ben) for _ in range(2)]
    for one in people:
        one.expected = ("ERR_FAILED", "409")
    desk, phone = (at(one, conversation) for one in people)
    body, other = desk.locator("#composer-body"), phone.locator("#composer-body")
    body.fill("Hello Kim")
    expect(other).to_have_value("Hello Kim")
    expect(phone.locator(f"#row-{conversation.public_id} [data-draft]")).to_contain_text("Hello Kim")
    phone.reload()
    expect(other).to_have_value("Hello Kim")
    # The phone is without a connection to the server's draft for a while: both go on writing.
    phone.route("**/draft/", lambda route: route.abort())
    other.fill("Hello Kim, on the phone")
    body.fill("Hello Kim, at the desk")
    until(lambda: stored(conversation) == "Hello Kim, at the desk", desk)
    held = phone.locator("[data-bar] .held")
    expect(held).to_contain_text("Hello Kim, at the desk")
    expect(other).to_have_value("Hello Kim, on the phone")
    assert axe(phone) == []
    phone.unroute("**/draft/")
    held.get_by_role("button", name="Keep this").click()
    until(lambda: stored(conversation) == "Hello Kim, on the phone", phone)
    expect(body).to_have_value("Hello Kim, on the phone")
    write_and_send(desk, "Done")
    expect(other).to_have_value("")
    until(lambda: stored(conversation) == "", desk)
    expect(desk.locator(f"#row-{conversation.public_id} [data-draft]")).to_be_hidden()


@pytest.mark.parametrize("moment", ["turbo:before-frame-render", "turbo:frame-load", "turbo:visit", "turbo:load"])
def test_the_next_one_chosen_while_one_arrives_is_the_one_that_stays(scene, person, request_of, moment):
    """Whoever clicks on at any moment of an arrival writes where they clicked: the page never leaps back."""
    first, second, third = (request_of(scene.ben, f"Question {n}?")[0] for n in range(3))
    page = at(person(scene.ben), first)
    page.evaluate(
        """([moment, second, third]) => {
          const click = (id) => document.querySelector(`#row-${id} a`).click();
          addEventListener(moment, () => click(third), { once: true });
          click(second);
        }""",
        [moment, str(second.public_id), str(third.public_id)],
    )
    expect(page.locator("[data-heading]")).to_have_text("Question 2?")
    page.wait_for_function("id => document.querySelector('memo-composer')?.dataset.c === id", arg=str(third.public_id))
    page.locator("#composer-body").press_sequentially("for the third")
    page.wait_for_function(STANDS, arg="Question 2?")
    expect(page.locator("[data-heading]")).to_have_text("Question 2?")
    expect(page).to_have_url(re.compile(str(third.public_id)))
    until(lambda: stored(third, "reply") == "for the third", page)
    assert [stored(first), stored(second)] == ["", ""]
    page.go_back()
    expect(page.locator("[data-heading]")).not_to_have_text("Question 2?")
    expect(page.locator("#composer-body")).to_have_value("")


@pytest.mark.parametrize(
    "moment",
    ["turbo:before-frame-render", "turbo:frame-load", "turbo:visit", "turbo:before-cache", "turbo:load"],
)
def test_who_goes_back_while_one_arrives_is_back(scene, person, request_of, moment):
    """The page shows what its address says, and what is written goes there."""
    first, second = (request_of(scene.ben, f"Question {n}?")[0] for n in range(2))
    page = at(person(scene.ben), first)
    page.evaluate(
        """([moment, second]) => {
          addEventListener(moment, () => history.back(), { once: true });
          addEventListener("popstate", () => addEventListener("turbo:load", () => (window.back = true), { once: true }));
          document.querySelector(`#row-${second} a`).click();
        }""",
        [moment, str(second.public_id)],
    )
    page.wait_for_function("() => window.back")
    expect(page).to_have_url(re.compile(str(first.public_id)))
    expect(page.locator("[data-heading]")).to_have_text("Question 0?")
    page.wait_for_function(STANDS, arg="Question 0?")
    page.locator("#composer-body").press_sequentially("for the first")
    until(lambda: stored(first) == "for the first", page)
    assert stored(second) == ""


@pytest.mark.walk
def test_a_hundred_switches_mix_nothing(scene, person, request_of):
    """Switching in mid-typing never moves a letter to another conversation or other readers."""
    talks = [request_of(scene.ben, f"Question {n}?")[0] for n in range(3)]
    page = at(person(scene.ben), talks[0])
    body = page.locator("#composer-body")
    written: dict[tuple[int, str], str] = {}
    for turn in range(100):
        n, kind = (turn * 7 + turn // 3) % 3, "internal" if turn % 4 == 1 else "reply"
        if page.get_attribute("memo-thread", "data-c") != str(talks[n].public_id):
            page.evaluate("id => document.querySelector(`#row-${id} a`).click()", str(talks[n].public_id))
        page.wait_for_function(
            "id => document.querySelector('memo-composer')?.dataset.c === id && document.querySelector('memo-thread')?.list",
            arg=str(talks[n].public_id),
        )
        page.evaluate("kind => document.querySelector('memo-composer').turn(kind)", kind)
        expect(body).to_have_value(written.get((n, kind), ""))
        word = f"<{n}{kind[0]}{turn}>"
        body.press_sequentially(word)
        written[n, kind] = written.get((n, kind), "") + word
    for (n, kind), text in written.items():
        until(lambda n=n, kind=kind, text=text: stored(talks[n], kind) == text, page)
        assert all(part.startswith(f"{n}{kind[0]}") for part in re.findall(r"<([^>]+)>", text))
    assert not Message.objects.filter(author_kind="user").exists()


def test_undo(scene, person, request_of, worker):
    """Shown at once with the seconds left; undone, the text is back; sent, it is sent once, even if the browser closes."""
    User.objects.filter(pk=scene.ben.pk).update(undo_seconds=30)
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben)
    page = at(ben, conversation)
    page.locator("#messages .msg").first.hover()
    page.locator(".msg-bar [data-quote]").click()
    write_and_send(page, "Yes, **it** can.")
    line = page.locator("#messages .pending")
    expect(page.locator("[data-quoting]")).to_be_hidden()
    expect(line).to_contain_text(re.compile(r"Sending in \d+ s · Undo · Send now"))
    expect(line.locator(".text")).to_have_text("Yes, it can.")
    expect(line.locator(".text strong")).to_have_text("it")
    until(lambda: Later.objects.filter(state="waiting").exists(), page)
    assert axe(page) == []
    page.locator("#composer-body").fill("And then")
    line.get_by_role("button", name="Undo").click()
    expect(page.locator("#composer-body")).to_have_value("Yes, **it** can.\n\nAnd then")
    expect(line).to_have_count(0)
    expect(page.locator("[data-quoting]")).to_be_visible()
    page.wait_for_timeout(300)  # the frame about it is here, too
    expect(page.locator("memo-composer .held")).to_have_count(0)
    page.locator("#composer-body").press("Control+Enter")
    line.get_by_role("button", name="Send now").click()
    expect(page.locator(LINES).last).to_contain_text("And then")
    expect(page.locator("#messages .state").last).to_have_text("Sent")
    expect(page.locator("#messages > li[data-seq]").last.locator(".quote-in")).to_be_visible()
    assert Message.objects.filter(conversation=conversation, author_kind="user").count() == 1
    write_and_send(page, "The browser dies")
    until(lambda: Later.objects.filter(state="waiting").exists(), page)
    page.reload()
    below = page.locator("#thread-later [data-undo]")
    expect(below).to_contain_text(re.compile(r"Sending in \d+ s"))
    page.close()
    worker.settle(timezone.now() + timedelta(seconds=31))
    assert Message.objects.filter(conversation=conversation, body="The browser dies").count() == 1


def test_typed_before_the_scripts_are_there(scene, person, request_of):
    """A slow line: the page stands, one begins to write, then the scripts arrive: nothing is emptied."""
    conversation, _visitor = request_of(scene.ben)
    page, held, slow = person(scene.ben).page, [], [True]
    page.route(re.compile(r"/static/.*\.js"), lambda route: held.append(route) if slow else route.continue_())
    page.goto(f"/conversations/{conversation.public_id}/", wait_until="commit")
    page.locator("#composer-body").fill("Yes, it ca")
    slow.clear()
    for route in held:
        route.continue_()
    page.wait_for_selector("memo-composer:defined")
    until(lambda: stored(conversation) == "Yes, it ca", page)
    expect(page.locator("#composer-body")).to_have_value("Yes, it ca")


def test_it_comes_back_when_somebody_else_answers_here_now(scene, person, request_of, worker):
    """Given to Cem within the seconds: not sent, a word why, the text in the composer's draft."""
    User.objects.filter(pk=scene.ben.pk).update(undo_seconds=30)
    conversation, _visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    write_and_send(page, "Yes, it can.")
    until(lambda: Later.objects.filter(state="waiting").exists(), page)
    assigning.assign(conversation, to=scene.cem, by=scene.anna, role="admin", now=timezone.now())
    worker.settle(timezone.now() + timedelta(seconds=31))
    expect(page.locator("#toasts")).to_contain_text("Cem Aydın answers here now.")
    expect(page.locator("#messages .pending")).to_have_count(0)
    assert stored(conversation) == "Yes, it can."
    assert not Message.objects.filter(author_kind="user").exists()


def test_send_later(scene, person, request_of, worker):
    """Chosen beside “Send”; the team reads when; edited, it is a draft again; sent at its time."""
    conversation, _visitor = request_of(scene.ben)
    page, cem = at(person(scene.ben), conversation), at(person(scene.cem), conversation)
    page.locator("#composer-body").fill("Good morning")
    page.get_by_role("button", name="Send later").click()
    assert axe(page) == []
    page.get_by_role("button", name="Tomorrow at 8:00").click()
    mine = page.locator("#thread-later .later")
    expect(mine).to_contain_text("You will send this:")
    expect(mine).to_contain_text("Good morning")
    expect(page.locator("#composer-body")).to_have_value("")
    expect(cem.locator("#thread-later .later")).to_contain_text("Ben Fuchs will send this:")
    assert axe(page) == []
    mine.get_by_role("button", name="Edit").click()
    expect(page.locator("#composer-body")).to_have_value("Good morning")
    expect(page.locator("#thread-later .later")).to_have_count(0)
    page.get_by_role("button", name="Send later").click()
    page.get_by_role("button", name="In one hour").click()
    expect(mine).to_contain_text("Good morning")
    worker.settle(timezone.now() + timedelta(hours=1, seconds=1))
    expect(page.locator(LINES).last).to_have_text("Good morning")
    expect(page.locator("#thread-later .later")).to_have_count(0)
    page.goto("/later/")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    assert axe(page) == []


def test_a_saved_reply_by_keyboard(scene, person, request_of):
    """“/”, arrows and Enter; the contact's values are in it; Esc leaves; what has no value is warned of (G-23…G-25)."""
    Variables.objects.create(company=scene.nordlicht, name="Nordlicht Lamps")
    for title, text in (
        ("Greeting", "Hello {{contact.first_name}}, this is {{account.name}}."),
        ("Goodbye", "Goodbye {{contact.last_name|friend}}!"),
        ("Call", "Call {{account.phone}}."),
    ):
        add_reply(
            scene.nordlicht, owner=None, inbox_id=None, title=title, shortcut=title, text=text, by=scene.anna,
            now=timezone.now(),
        )  # fmt: skip
    conversation, _visitor = request_of(scene.ben, name="Kim")
    page = at(person(scene.ben), conversation)
    body = page.locator("#composer-body")
    page.keyboard.press("r")
    page.keyboard.type("Well. /g")
    options = page.locator("#composer-texts [role=option]")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#composer-texts [aria-selected=true]")
    expect(chosen).to_contain_text("Greeting")
    assert body.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(body).to_have_value("Well. Hello Kim, this is Nordlicht Lamps.")
    expect(page.locator("#composer-texts")).to_be_hidden()
    page.keyboard.type(" /good")
    expect(options).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#composer-texts")).to_be_hidden()
    expect(body).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("/call")
    expect(page.locator("#composer-texts")).to_be_visible()
    expect(options).to_have_count(1)
    page.keyboard.press("Tab")
    expect(body).to_have_value("Call .")
    expect(page.locator("[data-bar]")).to_contain_text("Phone of the company")
    page.keyboard.press("Control+A")
    page.keyboard.type("{{first")
    page.keyboard.press("Enter")
    expect(body).to_have_value("Kim")
    page.keyboard.press("Control+Enter")
    expect(page.locator(LINES).last).to_have_text("Kim")
    assert not Message.objects.filter(body__contains="{{").exists()


def test_ben_answered_meanwhile(scene, person, request_of):
    """Two write at once: who is second is held once, sees the answer, and decides."""
    conversation, _visitor = request_of(scene.ben)
    assigning.switch_mode(
        Inbox.objects.get(pk=scene.inbox.pk), assignment=False, by=Author.of_user(scene.anna), now=timezone.now()
    )
    cem = person(scene.cem)
    cem.expected = ("409",)
    page = at(cem, conversation)
    page.locator("#composer-body").press_sequentially("Yes, and")
    answer = say(conversation, scene.ben, "Yes, it can.")
    expect(page.locator(LINES).last).to_have_text("Yes, it can.")
    page.locator("#composer-body").press("Control+Enter")
    held = page.locator("[data-bar] .held")
    expect(held).to_contain_text(re.compile(r"Ben Fuchs answered \d s ago"))
    expect(page.locator("#composer-body")).to_have_value("Yes, and")
    expect(page.locator("#messages .pending, #messages .failed")).to_have_count(0)
    assert axe(page) == []
    held.get_by_role("button", name="Show").click()
    expect(page.locator(f"#m-{answer.client_id}")).to_have_class(re.compile("found"))
    held.get_by_role("button", name="Send anyway").click()
    expect(page.locator(LINES).last).to_have_text("Yes, and")
    expect(page.locator("#messages .state").last).to_have_text("Sent")
    assert Message.objects.filter(conversation=conversation, author_kind="user").count() == 2


def test_a_file_that_did_not_arrive(scene, person, request_of):
    """It stays with “Upload again”; then it goes along, and stays with the draft over a reload."""
    conversation, _visitor = request_of(scene.ben)
    one = person(scene.ben)
    one.expected = ("ERR_FAILED",)
    page = at(one, conversation)
    page.route("**/uploads/", lambda route: route.abort())
    page.set_input_files("[data-files]", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"})
    chip = page.locator(".file.upload")
    expect(chip).to_contain_text("did not arrive")
    page.locator("#composer-body").fill("Here it is")
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("did not arrive")
    page.unroute("**/uploads/")
    chip.get_by_role("button", name="Upload again").click()
    expect(chip.locator("progress")).to_have_count(0)
    until(lambda: Draft.objects.filter(conversation=conversation).exclude(files=[]).exists(), page)
    page.reload()
    expect(page.locator(".file.upload")).to_contain_text("plan.txt")
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator("#messages .own").last).to_contain_text("plan.txt")


def test_what_is_too_long_stays_in_the_field(scene, person, request_of):
    """Text that was given back can be longer than a message: refused at the field, with all of it."""
    conversation, _visitor = request_of(scene.ben)
    whole = "M" * 10_000 + "\n\nD"
    Draft.objects.create(conversation=conversation, user=scene.ben, kind="reply", body=whole, updated_at=timezone.now())
    one = person(scene.ben)
    one.expected = ("422",)
    page = at(one, conversation)
    expect(page.locator("#composer-body")).to_have_value(whole)
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator("[data-bar] .held")).to_contain_text("longer than 10000 characters")
    expect(page.locator("#composer-body")).to_have_value(whole)
    expect(page.locator("#messages .pending, #messages .failed")).to_have_count(0)
