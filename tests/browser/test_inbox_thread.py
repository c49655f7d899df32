"""An open conversation in real browsers: live both ways, nothing lost, nothing jumps; E-12, E-14, E-22, N-01…N-12."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from conversations.actions.reading import mark_seen
from conversations.models import Attachment, Conversation, Message, Participant
from tests.browser.conftest import say
from tests.browser.threads import LINES, at, write_and_send

pytestmark = [pytest.mark.browser]


def fresh(conversation):
    return Conversation.objects.select_related("head").get(pk=conversation.pk)


def test_live_in_both_directions(scene, person, request_of):
    """E-12, E-22: the visitor's words arrive by themselves, the answer is stored once, “Seen” when they read it."""
    conversation, visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    say(conversation, visitor, "See https://example.com/a?b=1 <b>please</b>")
    line = page.locator(LINES).last
    expect(line).to_have_text("See https://example.com/a?b=1 <b>please</b>")
    link = line.get_by_role("link")
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    expect(page.locator("#announcer")).to_contain_text("Visitor #1: See")
    write_and_send(page, "Yes, it can.")
    expect(page.locator(LINES).last).to_have_text("Yes, it can.")
    expect(page.locator("#messages .state").last).to_have_text("Sent")
    expect(page.locator("#composer-body")).to_have_value("")
    answer = Message.objects.get(conversation=conversation, author_kind="user")
    mark_seen(fresh(conversation), viewer=visitor, seq=answer.seq, now=timezone.now())
    expect(page.locator("#messages .state").last).to_have_text("Seen")
    assert page.locator(".pending, .failed").count() == 0


def test_what_stays_inside_is_a_slip_between_the_lines(scene, person, request_of):
    """model.md §1.2, principle 3: one timeline; another shape, a lock, the word and who cannot see it; live for Cem."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = at(person(scene.ben), conversation), at(person(scene.cem), conversation)
    ben.keyboard.press("i")
    expect(ben.locator("#composer-body")).to_be_focused()
    expect(ben.locator("#composer-readers")).to_contain_text("Visitor #1 never sees it")
    write_and_send(ben, "Is one left in Lübeck?")
    slip = cem.locator(".slip")
    expect(slip).to_contain_text("Is one left in Lübeck?")
    expect(slip).to_contain_text("Internal")
    expect(slip).to_contain_text("Ben Fuchs")
    expect(slip).to_contain_text("Visitor #1 cannot see this")
    cem.keyboard.press("i")
    write_and_send(cem, "Two.")
    expect(ben.locator(".slip")).to_have_count(2)
    expect(ben.locator(".slip").last).to_contain_text("Cem Aydın")
    ben.keyboard.press("Escape")
    ben.keyboard.press("r")
    write_and_send(ben, "Yes!")
    expect(ben.locator("#messages > li").last).to_contain_text("Yes!")
    expect(ben.locator(".pending")).to_have_count(0)
    assert set(Message.objects.values_list("conversation__kind", "body")) >= {
        ("internal", "Is one left in Lübeck?"),
        ("internal", "Two."),
        ("customer", "Yes!"),
    }
    assert not Message.objects.filter(conversation=conversation, body__in=["Is one left in Lübeck?", "Two."]).exists()


def test_drafts_stay_where_they_were_written(scene, person, request_of):
    """Separate drafts per conversation and readers; they survive going elsewhere and a reload."""
    first, _ = request_of(scene.ben, "First?")
    second, _ = request_of(scene.ben, "Second?")
    ben = person(scene.ben)
    page = at(ben, first)
    body = page.locator("#composer-body")
    body.fill("to the customer")
    page.locator("label", has_text="Internal").click()
    expect(body).to_have_value("")
    body.fill("between us")
    page.locator(f"#row-{second.public_id} a").click()
    expect(page.locator("[data-heading]")).to_have_text("Second?")
    expect(page).to_have_url(re.compile(str(second.public_id)))
    expect(body).to_have_value("")
    page.go_back()
    expect(page.locator("[data-heading]")).to_have_text("First?")
    page.reload()
    expect(body).to_have_value("to the customer")
    page.locator("label", has_text="Internal").click()
    expect(body).to_have_value("between us")


def test_reading_on_stays_where_it_is(scene, person, request_of):
    """Opens at the unread divider; older pages come without a jump; “1 new” leads to the end."""
    conversation, visitor = request_of(scene.ben)
    for number in range(120):
        say(conversation, visitor, f"line {number}\nsecond row")
    Participant.objects.filter(conversation=conversation, user=scene.ben).update(last_read_seq=100)
    page = at(person(scene.ben), conversation)
    expect(page.locator("#unread-divider")).to_be_in_viewport()
    scroller = page.locator(".thread")
    expect(page.locator("#older")).to_have_count(1)
    while page.locator("#older").count():
        before = page.locator("#messages li[data-seq]").count()
        page.evaluate("document.querySelector('#older')?.scrollIntoView()")
        page.wait_for_function("n => document.querySelectorAll('#messages li[data-seq]').length > n", arg=before)
    expect(page.locator(LINES).first).to_have_text("Can the lamp be shortened?")
    say(conversation, visitor, "news")
    expect(page.locator("[data-to-end]")).to_have_text("1 new")
    assert scroller.evaluate("e => e.scrollTop") < -1000
    page.locator("[data-to-end]").click()
    expect(page.locator(LINES).last).to_be_in_viewport()
    expect(page.locator("[data-to-end]")).to_be_hidden()
    texts = page.locator(LINES).all_inner_texts()
    assert texts == ["Can the lamp be shortened?", *(f"line {n}\nsecond row" for n in range(120)), "news"]


_FIRST_SEEN = """() => {
  const edge = document.querySelector(".thread").getBoundingClientRect().top;
  const line = [...document.querySelectorAll("#messages li[data-seq]")].find(e => e.getBoundingClientRect().bottom > edge);
  return line && [line.id, line.getBoundingClientRect().top];
}"""


def test_older_lines_come_without_a_jump(scene, person, request_of):
    """The line one reads stands still to the pixel while fifty come above it."""
    conversation, visitor = request_of(scene.ben)
    for number in range(110):
        say(conversation, visitor, f"line {number}")
    page = at(person(scene.ben), conversation)
    page.wait_for_function("document.querySelectorAll('#messages li[data-seq]').length >= 50")
    moved = page.evaluate(
        """async () => {
          const list = document.getElementById("messages"), scroller = document.querySelector(".thread");
          const before = list.querySelectorAll("li[data-seq]").length;
          scroller.scrollTop = 150 - scroller.scrollHeight + scroller.clientHeight;
          await new Promise(requestAnimationFrame);
          const [id, top] = FIRST();
          const until = performance.now() + 15000;
          while (list.querySelectorAll("li[data-seq]").length === before) {
            if (performance.now() > until) throw new Error("nothing older came");
            await new Promise(requestAnimationFrame);
          }
          await new Promise(requestAnimationFrame);
          return document.getElementById(id).getBoundingClientRect().top - top;
        }""".replace("FIRST", f"({_FIRST_SEEN})")
    )
    assert abs(moved) < 2


def test_the_very_top_does_not_leap_to_the_beginning(scene, person, request_of):
    """Scrolled up to the link itself: fifty come, and one stands where one stood, not three pages further up."""
    conversation, visitor = request_of(scene.ben)
    for number in range(160):
        say(conversation, visitor, f"line {number}")
    page = at(person(scene.ben), conversation)
    page.wait_for_function("document.querySelectorAll('#messages li[data-seq]').length >= 50")
    moved = page.evaluate(
        """async () => {
          const list = document.getElementById("messages"), scroller = document.querySelector(".thread");
          const count = () => list.querySelectorAll("li[data-seq]").length;
          const before = count(), line = list.querySelector("li[data-seq]");
          scroller.scrollTop = -scroller.scrollHeight;
          await new Promise(requestAnimationFrame);
          const top = line.getBoundingClientRect().top;
          const until = performance.now() + 15000;
          while (count() === before && performance.now() < until) await new Promise(requestAnimationFrame);
          await new Promise((resolve) => setTimeout(resolve, 300));
          return [Math.abs(line.getBoundingClientRect().top - top), count() - before];
        }"""
    )
    assert moved[0] < 2
    assert moved[1] == 50


def test_pictures_and_files(scene, person, request_of):
    """E-14: a pasted picture and a chosen PDF arrive; Cem sees the re-encoded picture and gets identical bytes."""
    conversation, _visitor = request_of(scene.ben)
    ben, cem = at(person(scene.ben), conversation), at(person(scene.cem), conversation)
    png = io.BytesIO()
    Image.new("RGB", (64, 40), (10, 120, 90)).save(png, "PNG")
    ben.evaluate(
        """bytes => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "screen.png", {type: "image/png"}));
          const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
          document.getElementById("composer-body").dispatchEvent(event);
        }""",
        list(png.getvalue()),
    )
    pdf = b"%PDF-1.4 " + uuid4().bytes * 200
    ben.locator("[data-files]").set_input_files({"name": "Note.pdf", "mimeType": "application/pdf", "buffer": pdf})
    expect(ben.locator(".upload")).to_have_count(2)
    expect(ben.locator(".upload progress")).to_have_count(0)
    write_and_send(ben, "Here they are")
    picture = cem.locator("#messages .photo img")
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 64
    with cem.expect_download() as downloading:
        cem.locator("#messages a.file").click()
    assert downloading.value.suggested_filename == "Note.pdf"
    assert downloading.value.path().read_bytes() == pdf
    expect(ben.locator(".upload")).to_have_count(0)
    assert Attachment.objects.filter(message__body="Here they are").count() == 2


def test_too_many_and_refused_files_say_so(scene, person, request_of):
    """model.md §8: the sixth file and an empty one are refused in words; the others stay."""
    conversation, _visitor = request_of(scene.ben)
    ben = person(scene.ben)
    ben.expected = ("status of 422",)
    page = at(ben, conversation)
    files = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(6)]
    page.locator("[data-files]").set_input_files(files)
    expect(page.locator("#toasts")).to_contain_text("at most 5 files")
    expect(page.locator(".upload")).to_have_count(5)
    page.locator(".upload [data-remove]").first.click()
    page.locator("[data-files]").set_input_files({"name": "empty.txt", "mimeType": "text/plain", "buffer": b""})
    expect(page.locator("#toasts")).to_contain_text("This file is empty.")
    expect(page.locator(".upload")).to_have_count(4)


def test_one_socket_and_one_document_over_five_conversations(scene, person, request_of):
    """ux.md §1: real addresses, titles, back and forward, focus on the heading – without a second connection."""
    begun = [request_of(scene.ben, f"Question {n}?")[0] for n in range(5)]
    ben = person(scene.ben)
    sockets = []
    ben.page.on("websocket", lambda ws: sockets.append(ws.url))
    ben.page.goto("/conversations/")
    ben.page.evaluate("window.same = true")
    for n, conversation in enumerate(begun):
        ben.page.locator(f"#row-{conversation.public_id} a").click()
        expect(ben.page.locator("[data-heading]")).to_have_text(f"Question {n}?")
        expect(ben.page.locator("[data-heading]")).to_be_focused()
        expect(ben.page).to_have_title(re.compile(rf"Question {n}\? – Memo"))
        expect(ben.page.locator("#detail")).to_contain_text(f"Visitor #{n + 1}")
        expect(ben.page.locator(f"#row-{conversation.public_id} a")).to_have_attribute("aria-current", "true")
    ben.page.go_back()
    expect(ben.page.locator("[data-heading]")).to_have_text("Question 3?")
    expect(ben.page.locator("#detail")).to_contain_text("Visitor #4")
    ben.page.go_forward()
    expect(ben.page.locator("[data-heading]")).to_have_text("Question 4?")
    say(begun[4], begun[4].visitor, "still live?")
    expect(ben.page.locator(LINES).last).to_have_text("still live?")
    assert ben.page.evaluate("window.same") is True
    assert len(sockets) == 1


@pytest.mark.parametrize("late", [True, False], ids=["answered late", "never answered"])
def test_the_row_that_was_clicked_last_is_shown(scene, person, request_of, late):
    """Two clicks, the first one's answer comes after the second one's, or never: no thread changes under one's hands."""
    first, _one = request_of(scene.ben, "The slow one")
    second, _two = request_of(scene.ben, "The quick one")
    page, held = person(scene.ben).page, []
    page.goto("/conversations/?view=mine")
    page.wait_for_function("document.querySelector('memo-list')?.links?.length === 2")

    def hold(route) -> None:
        held.append(route)

    page.route(re.compile(str(first.public_id)), hold)
    page.locator(f"#row-{first.public_id} .crow").click()
    page.locator(f"#row-{second.public_id} .crow").click()
    heading = page.locator("[data-heading]")
    assert held
    expect(heading).to_have_text("The quick one")
    if late:
        for route in held:
            route.continue_()
        page.wait_for_timeout(500)
    expect(heading).to_have_text("The quick one")
    expect(page).to_have_url(re.compile(str(second.public_id)))
    expect(page.locator(f"#row-{second.public_id} .crow")).to_have_attribute("aria-current", "true")
    assert page.locator("memo-composer").get_attribute("data-c") == str(second.public_id)


def test_the_bubble_clears_in_every_tab(scene, person, request_of):
    """E-17: a message bolds its row and raises the bubble in both tabs; reading it in one calms both."""
    conversation, visitor = request_of(scene.ben)
    mark_seen(fresh(conversation), viewer=scene.member(scene.ben), seq=1, now=timezone.now())
    ben = person(scene.ben)
    ben.page.goto("/conversations/")
    other = ben.open()
    other.goto("/conversations/?view=customer")
    say(conversation, visitor, "Still there?")
    for page in (ben.page, other):
        expect(page.locator("nav.menu memo-unread")).to_contain_text("1")
        expect(page.locator(".crow.unread")).to_contain_text("Still there?")
        expect(page).to_have_title(re.compile(r"^\(1\) "))
    ben.page.bring_to_front()
    ben.page.locator(".crow.unread").click()
    for page in (ben.page, other):
        expect(page.locator("nav.menu memo-unread")).to_have_text("")
        expect(page.locator(".crow.unread")).to_have_count(0)


def test_taken_out_of_the_inbox_while_reading(scene, person, request_of, worker):
    """S-16: the page of somebody who lost the right goes away by itself and shows nothing more."""
    from channels_app.actions.inboxes import set_role

    conversation, visitor = request_of(scene.ben)
    cem = person(scene.cem)
    cem.expected = ("status of 404", "status of 403")
    page = at(cem, conversation)
    set_role(scene.inbox, member=scene.member(scene.cem), role="", by="user:1", now=timezone.now())
    expect(page.locator("#messages")).to_have_count(0)
    say(conversation, visitor, "secret")
    expect(page.get_by_text("secret")).to_have_count(0)
