"""Bubble, title, icon and sound: seen and heard once, by one tab, and quiet when somebody looks (M-…, ux.md §2.4)."""

from __future__ import annotations

import pytest

MARKUP = (
    '<memo-unread data-word="unread"></memo-unread><a href="#"><memo-unread data-of="bell" data-word="unread">'
    "</memo-unread></a><button>x</button>"
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("lab", [MARKUP], indirect=True),
]

START = """
const { attention } = await use("memo/ui/attention");
const sound = await use("memo/ui/sound");
Object.assign(window, { attention, sound, tones: 0 });
const original = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { tones += 1; return original.call(this); };
window.look = (away) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: away });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


@pytest.fixture
def page(lab):
    lab.page.clock.install()
    lab.run(START)
    return lab.page


def allow_sound(page) -> None:
    page.click("button")
    page.wait_for_function("() => sound.audible()")


def test_the_number_shows_everywhere_and_goes_again(page):
    page.evaluate("() => { attention.unread = 7 }")
    assert page.title() == "(7) Lab – Memo"
    assert page.inner_html("memo-unread") == '<span class="count new">7<span class="vh"> unread</span></span>'
    assert page.get_attribute("#favicon", "href").startswith("data:image/svg+xml,")
    page.evaluate("() => { attention.unread = 1200 }")
    assert page.inner_text("memo-unread").startswith("999+")
    page.evaluate("() => { attention.unread = 0 }")
    assert page.title() == "Lab – Memo"
    assert page.inner_html("memo-unread") == ""
    assert page.get_attribute("#favicon", "href").endswith("/static/ui/favicon.svg")


def test_the_bell_has_a_number_of_its_own(page):
    page.evaluate("() => { attention.unread = 7; attention.bell = 2 }")
    assert page.inner_html("[data-of]") == '<span class="count new">2<span class="vh"> unread</span></span>'
    assert page.inner_text("memo-unread >> nth=0").startswith("7")
    page.evaluate("() => { attention.bell = 0 }")
    assert page.inner_html("[data-of]") == ""
    assert page.title() == "(7) Lab – Memo"


def test_the_marked_icon_is_a_picture(page):
    page.evaluate("() => { attention.unread = 1 }")
    load = "href => new Promise((done) => { const i = new Image(); i.onload = () => done(true); i.onerror = () => done(false); i.src = href })"
    assert page.evaluate(load, page.get_attribute("#favicon", "href"))


def test_the_title_flashes_only_while_nobody_looks(page):
    page.evaluate("() => { attention.unread = 2; attention.alert('Kim Berg writes') }")
    page.clock.run_for(3000)
    assert page.title() == "(2) Lab – Memo"
    page.evaluate("() => { look(true); attention.alert('Kim Berg writes'); attention.alert('Kim Berg writes') }")
    seen = []
    for _ in range(4):
        seen.append(page.title())
        page.clock.run_for(1000)
    assert set(seen) == {"● Kim Berg writes", "(2) Lab – Memo"}
    page.evaluate("look(false)")
    page.clock.run_for(3000)
    assert page.title() == "(2) Lab – Memo"


def test_flashing_can_be_switched_off(page):
    page.evaluate("() => { look(true); attention.alert('Kim Berg writes', { flash: false }) }")
    assert page.title() == "Lab – Memo"


def test_a_new_page_keeps_the_number(page):
    page.evaluate(
        "() => { attention.unread = 3; document.title = '(9) Settings – Memo'; document.dispatchEvent(new Event('turbo:load')) }"
    )
    assert page.title() == "(3) Settings – Memo"
    page.evaluate("() => { attention.title = 'Kim Berg – Memo' }")
    assert page.title() == "(3) Kim Berg – Memo"


def test_no_sound_before_the_first_touch_and_none_when_unwanted(page):
    page.evaluate("() => { attention.alert('x') }")
    assert page.evaluate("tones") == 0
    allow_sound(page)
    page.evaluate("() => { attention.alert('x', { sound: false }) }")
    page.evaluate("navigator.locks.query()")
    assert page.evaluate("tones") == 0
    page.evaluate("() => { attention.alert('x') }")
    page.wait_for_function("() => tones === 2")


def test_an_offer_rings_as_it_may(page):
    allow_sound(page)
    page.evaluate(
        "() => { look(true); attention.rings = { sound: false, flash: false }; attention.ring('o-1', 'New') }"
    )
    page.clock.run_for(9_000)
    assert page.evaluate("tones") == 0
    assert page.title() == "Lab – Memo"
    page.evaluate("attention.quiet('o-1')")


def test_an_offer_rings_until_it_is_quiet(page):
    allow_sound(page)
    page.evaluate("() => { look(true); attention.ring('o-1', 'New request'); attention.ring('o-1', 'New request') }")
    page.wait_for_function("() => tones === 4")
    page.clock.run_for(4000)
    page.wait_for_function("() => tones === 8")
    page.evaluate("attention.quiet('o-1')")
    page.evaluate("attention.quiet('o-2')")
    page.clock.run_for(12_000)
    assert page.evaluate("tones") == 8
    assert page.title() == "Lab – Memo"


def test_of_two_offers_the_second_goes_on_ringing(page):
    page.evaluate(
        "() => { look(true); attention.ring('o-1', 'First'); attention.ring('o-2', 'Second'); attention.quiet('o-1') }"
    )
    titles = set()
    for _ in range(6):
        page.clock.run_for(1000)
        titles.add(page.title())
    assert titles == {"● Second", "Lab – Memo"}
    page.evaluate("attention.quiet('o-2')")


def three_tabs(lab) -> list:
    pages = [lab.page, lab.open(), lab.open()]
    for page in pages:
        lab.run(START, page=page)
        allow_sound(page)
    return pages


def tones(pages) -> list[int]:
    for page in pages:
        page.evaluate("navigator.locks.query()")
    return [page.evaluate("tones") for page in pages]


def test_of_three_tabs_one_rings(lab):
    pages = three_tabs(lab)
    for page in pages:
        page.evaluate("() => { attention.alert('Kim Berg writes') }")
    assert sorted(tones(pages)) == [0, 0, 2]


def test_what_somebody_reads_in_one_tab_sounds_in_none(lab):
    """The tab that is looked at says so first; the others give it a moment."""
    first, looked_at, third = pages = three_tabs(lab)
    for page in (first, third):
        page.evaluate("() => { document.hasFocus = () => false; attention.alert('Kim Berg writes') }")
    looked_at.evaluate("() => { attention.alert('Kim Berg writes', { here: true }) }")
    for page in (first, third):
        page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    assert tones(pages) == [0, 0, 0]
