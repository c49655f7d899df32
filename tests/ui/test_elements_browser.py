"""Times, toasts, dialogs and small elements in a browser (ux.md §2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 23, 9, 31, tzinfo=UTC)  # a Monday, 10:31 in Berlin
TEMPLATES = (
    '<div class="toasts" id="toasts" role="status"></div>'
    '<template id="toast-template"><div class="toast"><span data-text></span><button type="button" class="bye" aria-label="Dismiss">x</button></div></template>'
    '<template id="confirm-template"><dialog class="dialog"><form method="dialog"><h2 data-title>Are you sure?</h2><p data-text></p>'
    '<button value="no">Cancel</button><button value="yes" data-yes>Continue</button></form></dialog></template>'
)


def with_markup(markup: str):
    return pytest.mark.parametrize("lab", [TEMPLATES + markup], indirect=True, ids=["page"])


MOMENTS = [
    ("clock", "2026-11-23T09:05:00Z", "en-US", "10:05 AM"),
    ("clock", "2026-11-23T09:05:00Z", "en-GB", "10:05"),
    ("clock", "2026-11-23T09:05:00Z", "de", "10:05"),
    ("row", "2026-11-23T09:05:00Z", "de", "10:05"),
    ("row", "2026-11-22T22:59:00Z", "de", "So"),
    ("row", "2026-11-22T23:01:00Z", "de", "00:01"),
    ("row", "2026-11-20T12:00:00Z", "sv", "fre"),
    ("row", "2026-11-16T12:00:00Z", "de", "16. Nov."),
    ("row", "2025-11-20T12:00:00Z", "en", "Nov 20, 2025"),
    ("row", "2026-11-24T12:00:00Z", "en", "Nov 24"),
    ("ago", "2026-11-23T09:30:30Z", "en", "now"),
    ("ago", "2026-11-23T09:26:00Z", "en", "5 minutes ago"),
    ("ago", "2026-11-23T09:26:00Z", "de", "vor 5 Minuten"),
    ("ago", "2026-11-22T09:26:00Z", "sv", "i går"),
    ("ago", "2026-11-23T11:31:00Z", "en", "in 2 hours"),
    ("ago", "2026-09-01T09:26:00Z", "en", "3 months ago"),
    ("day", "2026-11-23T00:30:00Z", "en", "Today"),
    ("day", "2026-11-22T12:00:00Z", "de", "Gestern"),
    ("day", "2026-11-20T12:00:00Z", "de", "Freitag, 20. November"),
    ("day", "2025-11-20T12:00:00Z", "sv", "torsdag 20 november 2025"),
    ("full", "2026-11-23T09:05:00Z", "de", "23. November 2026 um 10:05"),
]


def test_a_moment_in_the_readers_words(lab):
    code = """
    const { words } = await use("memo/ui/time");
    return argument.cases.map(([style, moment, language]) => words(new Date(moment), style, new Date(argument.now), language));
    """
    found = lab.run(code, {"cases": MOMENTS, "now": NOW.isoformat()})
    plain = [text.replace("\u202f", " ").replace("\xa0", " ") for text in found]
    assert plain == [expected for *_case, expected in MOMENTS]


def test_the_readers_own_kind_of_the_pages_language(lab):
    cases = [
        ("en", ["de-DE", "en-US"], "en-US"),
        ("en", ["de-DE", "en"], "en-GB"),
        ("de", ["en-US", "de-AT"], "de-AT"),
        ("sv", [], "sv"),
        ("en-AU", ["en-US"], "en-AU"),
    ]
    code = 'const { kindOf } = await use("memo/ui/time"); return argument.map(([page, spoken]) => kindOf(page, spoken))'
    assert lab.run(code, cases) == [expected for *_case, expected in cases]


def test_days_are_counted_by_the_calendar_even_when_the_clocks_change(lab):
    code = 'const { daysBetween } = await use("memo/ui/time"); return argument.map(([a, b]) => daysBetween(new Date(a), new Date(b)))'
    pairs = [
        ["2026-10-24T23:30:00+02:00", "2026-10-25T23:30:00+01:00"],
        ["2026-03-28T23:59:00+01:00", "2026-03-29T00:01:00+01:00"],
        ["2026-03-28T12:00:00+01:00", "2026-03-30T00:00:00+02:00"],
    ]
    assert lab.run(code, pairs) == [1, 1, 2]


CLOCK = '<p><memo-time format="ago"><time datetime="2026-11-23T09:30:50.000Z">server</time></memo-time></p>'


@with_markup(CLOCK)
def test_times_move_on_with_the_clock_and_survive_a_morph(lab):
    lab.page.clock.install(time=NOW)
    lab.page.clock.pause_at(NOW + timedelta(seconds=1))
    lab.run('await use("memo/ui/time"); window.turbo = await use("@hotwired/turbo");')
    assert lab.page.inner_text("time") == "now"
    lab.page.clock.run_for(5 * 60_000)
    assert lab.page.inner_text("time") == "5 minutes ago"
    assert lab.page.get_attribute("time", "title") == "23 November 2026 at 10:30"
    morph = """fresh => { const p = document.querySelector("p"); const box = document.createElement("p"); box.innerHTML = fresh; turbo.morphElements(p, box) }"""
    same = CLOCK.removeprefix("<p>").removesuffix("</p>")
    lab.page.evaluate(morph, same)
    assert lab.page.inner_text("time") == "5 minutes ago"
    lab.page.evaluate(morph, same.replace("09:30:50", "09:34:00"))
    assert lab.page.inner_text("time") == "2 minutes ago"
    lab.page.evaluate("() => { document.querySelector('p').remove() }")
    lab.page.clock.run_for(120_000)


@with_markup("<memo-time><time datetime='never'>words</time></memo-time><memo-time></memo-time>")
def test_what_is_no_moment_stays_as_it_is(lab):
    lab.run('await use("memo/ui/time")')
    assert lab.page.inner_text("time") == "words"


@with_markup('<div class="toasts" id="toasts"></div>')
def test_a_toast_with_newer_words_keeps_the_focus(lab):
    """WCAG 2.4.3: “Undo” has the focus, the end of the run comes by the socket: Enter still means “Undo”.

    What was said before, and comes after it by another way, changes nothing.
    """
    stream = (
        '<turbo-stream action="append" target="toasts"><template><memo-toast id="bulk-1" data-step="{}" stay><div class="toast">'
        "<span>{}</span><form><button>Undo</button></form></div></memo-toast></template></turbo-stream>"
    )
    lab.run('await use("memo/ui/toast"); window.turbo = await use("@hotwired/turbo");')
    lab.run("turbo.renderStreamMessage(argument)", stream.format(2, "2 of 3"))
    lab.page.locator("#bulk-1 button").focus()
    lab.run("turbo.renderStreamMessage(argument)", stream.format(4, "3 closed"))
    expect(lab.page.locator("#bulk-1 span")).to_have_text("3 closed")
    expect(lab.page.locator("#bulk-1 button")).to_be_focused()
    lab.run("turbo.renderStreamMessage(argument)", stream.format(3, "3 of 3"))
    lab.run("await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(lab.page.locator("#bulk-1 span")).to_have_text("3 closed")


@with_markup(
    '<div class="toasts"><memo-toast>Saved</memo-toast><memo-toast kind="bad">Not saved <b>x</b></memo-toast></div>'
)
def test_toasts_stay_long_enough_and_bad_ones_until_closed(lab):
    lab.page.clock.install()
    lab.run('await use("memo/ui/toast")')
    assert lab.page.locator("#toasts .toast [data-text]").all_inner_texts() == ["Saved", "Not saved x"]
    lab.page.clock.run_for(5_000)
    assert lab.page.locator(".toast").count() == 2
    lab.page.clock.run_for(3_000)
    assert lab.page.locator("#toasts .toast").all_inner_texts()[0].startswith("Not saved")
    lab.page.clock.run_for(600_000)
    lab.page.click(".bye")
    assert lab.page.locator(".toast").count() == 0
    lab.page.mouse.move(0, 0)  # nobody points at it
    lab.run('(await use("memo/ui/toast")).toast("3 closed", { action: { label: "Undo", run() {} } })')
    lab.page.clock.run_for(11_000)
    assert lab.page.locator(".toast").get_by_role("button", name="Undo").count() == 1, "what it offers can be reached"
    lab.page.clock.run_for(3_000)
    assert lab.page.locator(".toast").count() == 0


@with_markup("")
def test_a_toast_waits_for_the_pointer_and_offers_one_thing_to_do(lab):
    lab.page.clock.install()
    lab.run(
        """
        const { toast } = await use("memo/ui/toast");
        window.undone = 0;
        toast("<i>Archived</i>", { action: { label: "Undo", run: () => (undone += 1) } });
        """
    )
    assert lab.page.inner_text(".toast [data-text]") == "<i>Archived</i>"
    lab.page.hover(".toast")
    lab.page.clock.run_for(60_000)
    lab.page.click("text=Undo")
    assert lab.page.evaluate("undone") == 1
    assert lab.page.locator(".toast").count() == 0


@with_markup("")
def test_at_most_four_toasts(lab):
    lab.run('const { toast } = await use("memo/ui/toast"); for (let n = 1; n < 8; n++) toast(`number ${n}`)')
    assert lab.page.locator(".toast [data-text]").all_inner_texts() == [f"number {n}" for n in range(4, 8)]


FORM = '<form id="f" action="/gone/" method="get"><input name="a"><button id="go" name="b" value="1" data-confirm="It is gone then." data-confirm-title="Delete?" data-confirm-yes="Delete" data-confirm-kind="danger">Delete</button><button id="safe" name="c" value="1">Save</button></form>'


@with_markup(FORM)
def test_what_cannot_be_undone_is_asked_first(lab):
    lab.run(
        'await use("memo/ui/confirm"); f.addEventListener("submit", (event) => { event.preventDefault(); (window.sent ??= []).push(event.submitter.id) })'
    )
    page = lab.page
    page.click("#go")
    assert page.inner_text("dialog h2") == "Delete?"
    assert page.inner_text("dialog p") == "It is gone then."
    assert "danger" in page.get_attribute("dialog [value=yes]", "class")
    page.click("dialog [value=no]")
    page.click("#go")
    page.mouse.click(5, 5)  # beside it
    page.click("#go")
    page.keyboard.press("Escape")
    assert page.evaluate("window.sent") is None
    page.click("#go")
    page.click("dialog [value=yes]")
    page.click("#safe")
    assert page.evaluate("sent") == ["go", "safe"]
    page.click("#go")
    assert page.locator("dialog[open]").count() == 1


@with_markup(
    '<memo-dialog><button data-open>Open</button><dialog class="dialog"><p>text</p><button data-close>Close</button></dialog></memo-dialog>'
)
def test_a_dialog_opens_closes_and_gives_the_focus_back(lab):
    lab.run('await use("memo/ui/dialog")')
    page = lab.page
    for close in (
        lambda: page.click("[data-close]"),
        lambda: page.keyboard.press("Escape"),
        lambda: page.mouse.click(5, 5),
    ):
        page.click("[data-open]")
        assert page.locator("dialog[open]").count() == 1
        page.click("dialog p")
        assert page.locator("dialog[open]").count() == 1
        close()
        assert page.locator("dialog[open]").count() == 0
        assert page.evaluate("document.activeElement.textContent") == "Open"


def test_a_menu_finds_its_place_inside_the_window(lab):
    cases = [  # the opener's left, top, width, height; the menu's width and height; right to left; where it goes
        ((100, 20, 80, 30), (200, 100), False, [100, 54]),
        ((900, 20, 80, 30), (200, 100), False, [780, 54]),
        ((100, 560, 80, 30), (200, 100), False, [100, 456]),
        ((100, 20, 80, 30), (200, 100), True, [100, 54]),
        ((600, 20, 80, 30), (200, 100), True, [480, 54]),
        ((10, 20, 80, 30), (990, 700), False, [6, 4]),
    ]
    code = """
    const { place } = await use("memo/ui/menu");
    return argument.map(([[left, top, wide, high], [width, height], rtl]) => {
      const opener = { left, top, right: left + wide, bottom: top + high };
      const at = place(opener, { width, height }, { width: 1000, height: 600 }, rtl);
      return [at.left, at.top];
    });
    """
    assert lab.run(code, cases) == [expected for *_case, expected in cases]


@with_markup(
    '<memo-theme><form action="/me/theme/" method="post"><input type="radio" name="theme" value="system" checked><input type="radio" name="theme" value="dark"></form></memo-theme>'
)
def test_the_theme_shows_at_once_and_is_stored(lab):
    lab.run('await use("memo/ui/theme")')
    with lab.page.expect_request("**/me/theme/") as asked:
        lab.page.check("[value=dark]")
    assert lab.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert asked.value.method == "POST"
    with lab.page.expect_request("**/me/theme/"):
        lab.page.check("[value=system]")
    assert lab.page.evaluate("document.documentElement.dataset.theme") is None


@with_markup('<memo-offline socket="/ws/agent/" hidden>No connection</memo-offline>')
def test_the_line_about_no_connection_comes_and_goes(lab):
    lab.page.clock.install()
    lab.page.route_web_socket("**/ws/agent/", lambda _line: None)
    lab.run('await use("memo/ui/offline"); window.socket = (await use("memo/ui/socket")).connect("/ws/agent/")')
    lab.page.wait_for_function("() => socket.connected")
    assert not lab.page.is_visible("memo-offline")
    lab.page.evaluate("() => socket.dispatchEvent(new Event('offline'))")
    assert not lab.page.is_visible("memo-offline")
    lab.page.evaluate("() => { socket.offline = true; socket.dispatchEvent(new Event('offline')) }")
    assert lab.page.is_visible("memo-offline")
    lab.page.evaluate("() => { socket.offline = false; socket.dispatchEvent(new Event('online')) }")
    assert not lab.page.is_visible("memo-offline")


@with_markup('<textarea class="input"></textarea>')
def test_a_text_field_grows_with_its_text(lab):
    lab.run('await use("memo/ui/autosize")')
    before = lab.page.locator("textarea").bounding_box()["height"]
    lab.page.fill("textarea", "line\n" * 12)
    assert lab.page.locator("textarea").bounding_box()["height"] > before


@with_markup("<textarea></textarea>")
def test_it_grows_where_the_browser_cannot_do_it_alone(lab):
    code = 'const { fit } = await use("memo/ui/autosize"); const t = document.querySelector("textarea"); t.style.fieldSizing = "fixed"; t.value = "line\\n".repeat(20); fit(t); return [t.scrollHeight, t.clientHeight]'
    inside, shown = lab.run(code)
    assert inside == shown > 200


@with_markup("")
def test_an_element_lets_go_of_its_listeners(lab):
    code = """
    const { define, MemoElement } = await use("memo/ui/element");
    let heard = 0;
    define("memo-lab", class extends MemoElement { connected() { this.on(window, "lab", () => (heard += 1)) } });
    define("memo-lab", class extends MemoElement {});
    const element = document.createElement("memo-lab");
    document.body.append(element);
    window.dispatchEvent(new Event("lab"));
    document.body.append(element);
    window.dispatchEvent(new Event("lab"));
    element.remove();
    window.dispatchEvent(new Event("lab"));
    return heard;
    """
    assert lab.run(code) == 2
