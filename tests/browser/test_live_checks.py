"""The twenty live checks of ux.md §1.1 on the real inbox, through a proxy that can be cut; each step is named after its
check. And what a tab is that slept, worked all day, or reads far up.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions.closing import close
from conversations.authors import Author
from conversations.models import Message, Participant
from events import groups
from events.publish import unit, whisper
from tests.browser.conftest import say
from tests.browser.threads import LINES, at

pytestmark = [pytest.mark.browser]
SERVER_DELAY_S = 0.6
_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_SEND_AND_MEASURE = """() => new Promise(resolve => {
  const list = document.getElementById("messages"), began = performance.now();
  new MutationObserver((_, me) => { me.disconnect(); requestAnimationFrame(() => resolve(performance.now() - began)); })
    .observe(list, {childList: true});
  document.getElementById("composer-form").requestSubmit();
})"""
_OLDER_WITHOUT_A_JUMP = """async () => {
  const list = document.getElementById("messages"), scroller = document.querySelector(".thread");
  const lines = () => [...list.querySelectorAll("li[data-seq]")], before = lines().length;
  scroller.scrollTop = 150 - scroller.scrollHeight + scroller.clientHeight;
  await new Promise(requestAnimationFrame);
  const edge = scroller.getBoundingClientRect().top;
  const seen = lines().find(line => line.getBoundingClientRect().bottom > edge), top = seen.getBoundingClientRect().top;
  for (const until = performance.now() + 15000; lines().length === before; await new Promise(requestAnimationFrame))
    if (performance.now() > until) throw new Error("nothing older came");
  await new Promise(requestAnimationFrame);
  return document.getElementById(seen.id).getBoundingClientRect().top - top;
}"""


def at_end(page) -> bool:
    page.evaluate(_FRAMES)
    return page.evaluate("Math.abs(document.querySelector('.thread').scrollTop) < 2")


class Checks:
    """One page, one conversation that is read and written, one other."""

    def __init__(self, page, conversation, visitor, other, other_visitor) -> None:
        self.page, self.conversation, self.visitor = page, conversation, visitor
        self.other, self.other_visitor = other, other_visitor
        self.body = page.locator("#composer-body")
        self.row = page.locator(f"#row-{conversation.public_id} a")
        self.other_row = page.locator(f"#row-{other.public_id} a")
        self.lines = page.locator(LINES)
        self.at_once: list[str] = []

    def stored(self, body: str) -> int:
        return Message.objects.filter(conversation=self.conversation, body=body).count()

    # --- reading ---------------------------------------------------------------------------------------
    def opens_at_the_unread_divider(self) -> None:
        expect(self.page.locator("#unread-divider")).to_be_in_viewport()
        expect(self.page.locator("#unread-divider")).to_have_text("New")

    def older_page_loads_at_scroll_top(self) -> float:
        return self.page.evaluate(_OLDER_WITHOUT_A_JUMP)

    def the_reading_position_stays(self, moved: float) -> None:
        assert abs(moved) < 2

    def live_append(self) -> None:
        self.page.locator(".thread").evaluate("e => { e.scrollTop = 0 }")
        say(self.conversation, self.visitor, "a live line")
        expect(self.lines.last).to_have_text("a live line")

    def sticks_to_the_end(self) -> None:
        say(self.conversation, self.visitor, "tall\n" * 12)
        expect(self.lines.last).to_contain_text("tall")
        assert at_end(self.page)

    def focus_is_kept_on_another_row(self) -> None:
        self.other_row.focus()
        say(self.conversation, self.visitor, "up")
        expect(self.page.locator("#rows > li").first).to_have_id(f"row-{self.conversation.public_id}")
        expect(self.other_row).to_be_focused()

    def row_jumps_to_the_top(self) -> None:
        say(self.other, self.other_visitor, "now this one")
        expect(self.page.locator("#rows > li").first).to_have_id(f"row-{self.other.public_id}")

    def focus_is_kept_on_the_moved_row_itself(self) -> None:
        expect(self.other_row).to_be_focused()

    def typing_is_shown(self) -> None:
        who = {"kind": "visitor", "id": str(self.visitor.public_id), "name": self.visitor.label}
        c = str(self.conversation.public_id)
        whisper(groups.conversation_team(c), "typing", {"c": c, "who": who})
        expect(self.page.locator("[data-foot]")).to_have_text(f"{self.visitor.label} is typing …")

    # --- writing ---------------------------------------------------------------------------------------
    def draft_survives(self) -> None:
        self.body.fill("half a thou")
        self.body.evaluate("e => e.setSelectionRange(5, 6)")
        say(self.conversation, self.visitor, "in between")
        expect(self.lines.last).to_have_text("in between")
        expect(self.body).to_have_value("half a thou")
        expect(self.body).to_be_focused()
        assert self.body.evaluate("e => [e.selectionStart, e.selectionEnd]") == [5, 6]

    def own_words_are_shown_within_120_ms_while_the_server_takes_600(self) -> None:
        def slowly(route) -> None:
            if route.request.method == "POST":
                time.sleep(SERVER_DELAY_S)
            route.continue_()

        self.page.route("**/messages/", slowly)
        took = []
        # The machine has other work too; what the page can do is the best of a few.
        while len(took) < 3 or (min(took) >= 120 and len(took) < 9):
            self.body.fill(f"at once {len(took)}")
            took.append(self.page.evaluate(_SEND_AND_MEASURE))
        assert min(took) < 120, took
        self.at_once = [f"at once {n}" for n in range(len(took))]
        expect(self.page.locator("#messages .pending, #messages .failed")).to_have_count(0)
        self.page.unroute("**/messages/")

    def composer_is_emptied(self) -> None:
        expect(self.body).to_have_value("")
        expect(self.body).to_be_focused()

    def confirmed_exactly_once(self) -> None:
        for words in self.at_once:
            expect(self.lines.filter(has_text=words)).to_have_count(1)
            assert self.stored(words) == 1

    # --- keys ------------------------------------------------------------------------------------------
    def j_and_k_walk_the_list(self) -> None:
        self.page.keyboard.press("Escape")
        rows = self.page.locator(".crow")
        rows.nth(0).focus()
        self.page.keyboard.press("j")
        expect(rows.nth(1)).to_be_focused()
        self.page.keyboard.press("k")
        expect(rows.nth(0)).to_be_focused()

    def r_puts_the_pen_on_the_answer(self) -> None:
        self.page.keyboard.press("r")
        expect(self.body).to_be_focused()
        expect(self.body).to_have_value("")

    # --- an outage -------------------------------------------------------------------------------------
    def outage_is_shown(self, outage) -> None:
        outage.cut()
        expect(self.page.locator("memo-offline")).to_be_visible()

    def a_message_written_meanwhile_is_pending(self) -> None:
        self.body.fill("written meanwhile")
        self.body.press("Control+Enter")
        expect(self.page.locator("#messages .pending")).to_have_text(
            re.compile("written meanwhile.*Waits for a connection", re.DOTALL)
        )

    def the_banner_goes(self, outage) -> None:
        outage.mend()
        expect(self.page.locator("memo-offline")).to_be_hidden()

    def three_messages_sent_meanwhile_arrive_once_and_in_order(self) -> None:
        expect(self.page.locator("#messages .pending")).to_have_count(0)
        expect(self.lines.filter(has_text=re.compile("^three$"))).to_have_count(1)
        texts = self.lines.all_inner_texts()
        assert [text for text in texts if text in ("one", "two", "three")] == ["one", "two", "three"]

    def and_is_then_sent_exactly_once(self) -> None:
        expect(self.lines.filter(has_text="written meanwhile")).to_have_count(1)
        assert self.stored("written meanwhile") == 1


def test_the_twenty_live_checks(scene, person, request_of, outage):
    """ux.md §1.1, §6.1; N-01…N-12: reading, writing, keys, outage – on one page, in the order of a morning."""
    other, other_visitor = request_of(scene.ben, "The other one?")
    conversation, visitor = request_of(scene.ben)
    for number in range(75):
        say(conversation, visitor, f"line {number}")
    Participant.objects.filter(conversation=conversation, user=scene.ben).update(last_read_seq=60)
    ben = person(scene.ben)
    ben.expected = ("ERR_", "WebSocket", "Failed to fetch", "timed out")
    check = Checks(at(ben, conversation), conversation, visitor, other, other_visitor)
    check.opens_at_the_unread_divider()
    check.the_reading_position_stays(check.older_page_loads_at_scroll_top())
    check.live_append()
    check.sticks_to_the_end()
    check.focus_is_kept_on_another_row()
    check.row_jumps_to_the_top()
    check.focus_is_kept_on_the_moved_row_itself()
    check.typing_is_shown()
    check.draft_survives()
    check.own_words_are_shown_within_120_ms_while_the_server_takes_600()
    check.composer_is_emptied()
    check.confirmed_exactly_once()
    check.j_and_k_walk_the_list()
    check.r_puts_the_pen_on_the_answer()
    check.outage_is_shown(outage)
    for text in ("one", "two", "three"):
        say(conversation, visitor, text)
    check.a_message_written_meanwhile_is_pending()
    check.the_banner_goes(outage)
    check.three_messages_sent_meanwhile_arrive_once_and_in_order()
    check.and_is_then_sent_exactly_once()


# --- a tab that slept ---------------------------------------------------------------------------------------
_SHOWN = """() => {
  const words = (one) => one.innerText.replace(/\\s+/g, " ").trim();
  const text = (selector) => [...document.querySelectorAll(selector)].map(words);
  return {
    title: document.title, side: text("#side a"), bubble: text("nav.menu memo-unread"), rows: text("#rows > li"),
    unread: [...document.querySelectorAll(".crow.unread")].map((row) => row.closest("li").id),
    heading: text("[data-heading]"), lines: text("#messages > li"), rings: text("memo-rings .ring b"),
    older: document.querySelectorAll("turbo-frame[id^=rows-]").length, lock: text("#composer-state"), verbs: text("#thread-head form button"),
  };
}"""


def test_a_tab_that_slept_for_half_an_hour_shows_what_a_fresh_page_shows(scene, person, request_of, outage):
    """Issue 4: 200 things happen while the socket is dead and the clock stands; 3 s after waking nothing differs."""
    begun = [request_of(scene.ben, f"Question {n}?") for n in range(10)]
    conversation, visitor = begun[4]
    ben = person(scene.ben)
    ben.expected = ("ERR_", "WebSocket", "Failed to fetch", "timed out")
    ben.context.add_init_script("document.hasFocus = () => false")  # what is read would be one more thing that happens
    page = ben.page
    page.clock.install(time=timezone.now() - timedelta(minutes=30))
    at(ben, conversation)
    expect(page.locator(".crow")).to_have_count(10)
    page.clock.pause_at(timezone.now() - timedelta(minutes=29))
    outage.cut()
    two_hundred_things(scene, begun, conversation, visitor, request_of)
    outage.mend()
    page.clock.fast_forward(timedelta(minutes=29).seconds * 1000)
    page.clock.resume()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(3_000)
    woken = page.evaluate(_SHOWN)
    fresh = ben.open()
    fresh.goto(f"/conversations/{conversation.public_id}/")
    fresh.wait_for_function("document.querySelector('memo-thread')?.list")
    expect(fresh.locator("#messages .text").last).to_have_text("word 39")
    assert woken == fresh.evaluate(_SHOWN)


def two_hundred_things(scene, begun, conversation, visitor, request_of) -> None:
    """Words here and elsewhere, an own answer from another device, closed and new requests; the last word here comes last."""
    now = timezone.now()
    for n in range(140):
        other, its_visitor = begun[(n % 9 + 5) % 10]
        say(other, its_visitor, f"elsewhere {n}")
    for n in range(20):
        request_of(scene.cem if n % 2 else scene.ben, f"New {n}")
    for other, _its_visitor in begun[:3]:
        close(other, author=Author.of_user(scene.ben), role="team_member", now=now)
    say(conversation, scene.ben, "From my phone: one moment.")
    for n in range(40):
        say(conversation, visitor, f"word {n}")


# --- a long day and a long thread ---------------------------------------------------------------------------
def heap(page) -> float:
    """Bytes of living JavaScript objects, after a collection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    devtools.detach()
    return metrics["JSHeapUsedSize"]


@pytest.mark.walk
def test_a_long_day_leaves_no_heap_and_at_most_300_lines(scene, person, request_of):
    """Issue 4, figures: after 500 updates ≤ 10 MB more; 300 messages in the page at most, at the end and far up."""
    other, other_visitor = request_of(scene.ben, "The other one?")
    conversation, visitor = request_of(scene.ben)
    page = at(person(scene.ben), conversation)
    say(conversation, visitor, "the first")
    expect(page.locator(LINES).last).to_have_text("the first")
    before = heap(page)
    for start in range(0, 500, 25):  # a frame for each, the commits in bundles
        with unit():
            for number in range(start, start + 25):
                say(*((conversation, visitor) if number < 400 else (other, other_visitor)), f"line {number}")
    expect(page.locator(LINES).last).to_have_text("line 399")
    expect(page.locator("#rows > li").first).to_contain_text("line 499")
    lines = page.locator("#messages > li[data-seq]")
    assert 250 <= lines.count() <= 300
    assert heap(page) - before <= 10 * 1024 * 1024
    for _ in range(2):
        first = lines.first.get_attribute("data-seq")
        page.evaluate("document.querySelector('#older').scrollIntoView()")
        page.wait_for_function(
            "seq => document.querySelector('#messages > li[data-seq]').dataset.seq !== seq", arg=first
        )
        assert lines.count() <= 300
    say(conversation, visitor, "news")
    expect(page.locator("[data-to-end]")).to_have_text("1 new")
    expect(page.locator(LINES).filter(has_text="news")).to_have_count(0)
    page.locator("[data-to-end]").click()
    expect(page.locator(LINES).last).to_have_text("news")
    expect(page.locator(LINES).last).to_be_in_viewport()
    expect(page.locator(".to-newest")).to_be_hidden()
