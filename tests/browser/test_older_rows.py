"""A list and what happens to its rows, on its first page and beyond: each once, the focus where it is, nothing asked in vain."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations.actions.closing import close
from conversations.authors import Author
from conversations.selectors.folders import PAGE
from tests.browser.conftest import say
from tests.browser.threads import listening, until

pytestmark = [pytest.mark.browser]
REFRESHED = """async (wanted) => {
  const { live } = await import("memo/conversations/live");
  const shown = new Promise((done) => {
    live.addEventListener("state", () => requestAnimationFrame(() => setTimeout(done)), { once: true });
  });
  live.refresh({ list: true, ...wanted });
  await shown;
}"""

TO_THE_END = """(number) => {
  const list = document.querySelector("[data-scroll]");
  list.scrollTop = list.scrollHeight;
  return document.querySelectorAll(".crow").length === number;
}"""
DEAF = 'import("memo/conversations/live").then(({ live }) => (live.socket.dispatchEvent = () => false))'


@pytest.fixture
def long_list(scene, person, request_of):
    """long_list(number): a page that shows so many rows of Ben's, oldest last; and [(conversation, visitor)], oldest first."""

    def begin(number: int):
        begun = [request_of(scene.ben, f"Question {n}") for n in range(number)]
        page = person(scene.ben).page
        page.goto("/conversations/?view=customer")
        page.wait_for_function(TO_THE_END, arg=number)
        return page, begun

    return begin


def rows(page) -> list[str]:
    return page.locator(".rows > li").evaluate_all("rows => rows.map(row => row.dataset.c)")


def test_lists_grow_and_keep_their_place(long_list):
    """Older rows come when one scrolls there; a new message bumps its row up and keeps the focus where it is."""
    page, begun = long_list(PAGE + 5)
    first = page.locator(f"#row-{begun[0][0].public_id} a")
    first.focus()
    say(*begun[0], "up with me")
    expect(page.locator("#rows > li").first).to_have_id(f"row-{begun[0][0].public_id}")
    expect(first).to_be_focused()
    order = [begun[0], *reversed(begun[1:])]
    assert rows(page) == [str(conversation.public_id) for conversation, _visitor in order]


def test_no_row_falls_between_the_pages(scene, long_list, request_of):
    """New rows push others out of the first page; brought up to date, the list still has each exactly once."""
    page, begun = long_list(PAGE + 5)
    begun += [request_of(scene.ben, f"New {n}") for n in range(3)]
    expect(page.locator(".crow")).to_have_count(PAGE + 8)
    page.evaluate(REFRESHED, {})
    assert rows(page) == [str(conversation.public_id) for conversation, _visitor in reversed(begun)]


def test_a_row_that_comes_up_from_an_older_page_keeps_the_focus(long_list):
    """The frame was missed, the page asks for its rows: the row that now stands on the first page is the same element."""
    page, begun = long_list(PAGE + 5)
    page.evaluate(DEAF)
    first = page.locator(f"#row-{begun[0][0].public_id} a")
    first.focus()
    say(*begun[0], "up with me")
    page.evaluate(REFRESHED, {})
    expect(page.locator("#rows > li").first).to_have_id(f"row-{begun[0][0].public_id}")
    expect(first).to_be_focused()
    expect(first).to_contain_text("up with me")
    expect(page.locator(".crow")).to_have_count(PAGE + 5)


def test_who_reads_further_down_reads_on(scene, long_list):
    """§10 “nothing jumps”: rows go up past the reader, and go away above him; at the very top the newest is seen."""
    page, begun = long_list(PAGE + 5)
    read = f"#row-{begun[PAGE // 2][0].public_id}"
    page.evaluate("(read) => document.querySelector(read).scrollIntoView({ block: 'center' })", read)
    place = page.locator(read).bounding_box()
    assert page.locator("[data-scroll]").evaluate("list => list.scrollTop") > 100
    say(*begun[0], "from below")
    expect(page.locator("#rows > li").first).to_have_id(f"row-{begun[0][0].public_id}")
    assert page.locator(read).bounding_box() == place
    close(begun[-1][0], author=Author.of_user(scene.ben), role="team_member", now=timezone.now())
    expect(page.locator(f"#row-{begun[-1][0].public_id}")).to_have_count(0)
    assert page.locator(read).bounding_box() == place
    say(*begun[PAGE // 2 + 1], "from here")
    expect(page.locator("#rows > li").first).to_have_id(f"row-{begun[PAGE // 2 + 1][0].public_id}")
    assert abs(page.locator(read).bounding_box()["y"] - place["y"]) < 1
    page.locator("[data-scroll]").evaluate("list => (list.scrollTop = 0)")
    say(*begun[1], "for who stands at the top")
    expect(page.locator("#rows > li").first).to_have_id(f"row-{begun[1][0].public_id}")
    expect(page.locator(f"#row-{begun[1][0].public_id}")).to_be_in_viewport(ratio=1)


def test_a_long_list_stays_where_it_is_after_a_gap(scene, long_list):
    """§10: nothing beyond the first page is trusted then, and yet place, focus and choice stay; what changed is right."""
    page, begun = long_list(PAGE + 5)
    page.evaluate(DEAF)
    (oldest, _visitor), (gone, _one), (news, visitor) = begun[:3]
    place = page.locator(f"#row-{oldest.public_id} a")
    page.locator(f"#row-{oldest.public_id} .pick").check(force=True)
    expect(page.locator("#bulk-form")).to_be_visible()
    place.focus()
    place.scroll_into_view_if_needed()
    close(gone, author=Author.of_user(scene.ben), role="team_member", now=timezone.now())
    say(news, visitor, "while nobody heard")
    page.evaluate(REFRESHED, {"anew": True})
    assert rows(page) == [str(c.public_id) for c, _visitor in [begun[2], *reversed(begun[3:]), begun[0]]]
    expect(page.locator(f"#row-{news.public_id}")).to_contain_text("while nobody heard")
    expect(place).to_be_focused()
    expect(page.locator(f"#row-{oldest.public_id} .pick")).to_be_checked()
    expect(place).to_be_in_viewport()


def test_what_happens_elsewhere_does_not_ask_for_the_list(scene, person, request_of):
    """Figures, “no growth”: a row of another folder changes the side bar's numbers at most; the list is not fetched for it."""
    elsewhere, visitor = request_of(scene.cem)
    request_of(scene.ben)
    page = listening(person(scene.ben), f"/conversations/?inbox={scene.inbox.public_id}&view=mine").page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/conversations/state/" in request.url else None)
    say(elsewhere, visitor, "not here")
    until(lambda: [url for url in asked if "shown=" not in url], page)  # those are of a gap while the page began
    assert [url for url in asked if "list=1" in url and "shown=" not in url] == []
    expect(page.locator(".crow")).to_have_count(1)
