"""Nothing jumps: reading position, end, focus and rows survive every change (ux.md §1.5 rules 3 and 7)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# A thread of 40 messages of 50 px in a window of 300 px, growing from the top or from the end.
THREAD = '<div class="thread" id="t" tabindex="0"><ol id="l"></ol></div>'
START = """
const { KeepScroll } = await use("memo/ui/keep_scroll");
const t = document.getElementById("t"), l = document.getElementById("l");
t.style.cssText = `block-size:300px;flex:none;flex-direction:${argument}`;
l.style.cssText = "display:block;padding:0;margin:0";
window.message = (n, height = 50) => {
  const item = Object.assign(document.createElement("li"), { id: `m-${n}`, textContent: n });
  item.style.blockSize = `${height}px`;
  return item;
};
for (let n = 1; n <= 40; n++) l.append(message(n));
window.keep = new KeepScroll(t, l);
keep.toEnd();
window.trimmed = 0;
l.addEventListener("memo:trimmed", () => trimmed++);
window.seen = () => { const edge = t.getBoundingClientRect().top;
  const item = [...l.children].find((one) => one.getBoundingClientRect().bottom > edge);
  return [item.id, Math.round(item.getBoundingClientRect().top - edge)]; };
window.settle = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
"""
BOTH = pytest.mark.parametrize("direction", ["column", "column-reverse"])
pytest_lab = pytest.mark.parametrize("lab", [THREAD], indirect=True)


@pytest.fixture
def thread(lab, direction):
    lab.run(START, direction)
    lab.page.evaluate("settle()")
    return lab.page


@BOTH
@pytest_lab
def test_who_is_at_the_end_stays_there(thread):
    for height in (50, 400):
        thread.evaluate("h => { keep.around(() => l.append(message('new' + h, h))) }", height)
        assert abs(thread.evaluate("keep.distance")) < 1
    thread.evaluate("() => { t.scrollTop -= 90 }")
    thread.evaluate("settle()")
    thread.evaluate("() => { keep.around(() => l.append(message('close'))) }")
    assert abs(thread.evaluate("keep.distance")) < 1


@BOTH
@pytest_lab
def test_who_reads_further_up_keeps_his_line(thread):
    thread.evaluate("() => { t.scrollTop -= 700 }")
    thread.evaluate("settle()")
    before = thread.evaluate("seen()")
    thread.evaluate("() => { keep.around(() => l.append(message('below'))) }")
    assert thread.evaluate("seen()") == before
    thread.evaluate("() => { keep.around(() => l.prepend(message('older-1'), message('older-2', 333))) }")
    assert thread.evaluate("seen()") == before
    thread.evaluate("() => { keep.around(() => document.getElementById('m-3').remove()) }")
    assert thread.evaluate("seen()") == before


@BOTH
@pytest_lab
def test_the_line_is_held_when_its_message_is_replaced(thread):
    thread.evaluate("() => { t.scrollTop -= 700 }")
    thread.evaluate("settle()")
    before = thread.evaluate("seen()")
    swap = "id => { keep.around(() => { l.prepend(message('older', 120)); document.getElementById(id).replaceWith(Object.assign(message('x', 70), { id })) }) }"
    thread.evaluate(swap, before[0])
    assert thread.evaluate("seen()") == before


@BOTH
@pytest_lab
def test_a_picture_that_arrives_late_does_not_push_the_end_away(thread):
    thread.evaluate("() => { document.getElementById('m-40').style.blockSize = '500px' }")
    thread.evaluate("settle()")
    assert abs(thread.evaluate("keep.distance")) < 1


@BOTH
@pytest_lab
def test_old_messages_leave_only_while_the_end_is_looked_at(thread):
    thread.evaluate("() => { t.scrollTop -= 700 }")
    thread.evaluate("settle()")
    grow = "() => { keep.around(() => { for (let n = 0; n < 300; n++) l.append(message('g' + n)) }) }"
    thread.evaluate(grow)
    assert thread.evaluate("[l.childElementCount, trimmed]") == [340, 0]
    thread.evaluate("() => { keep.toEnd(); keep.around(() => l.append(message('last'))) }")
    assert thread.evaluate("[l.childElementCount, trimmed, l.lastElementChild.id]") == [280, 1, "m-last"]
    assert abs(thread.evaluate("keep.distance")) < 1


@pytest.mark.parametrize("direction", ["column"])
@pytest_lab
def test_after_stop_it_lets_go(thread):
    thread.evaluate("() => { keep.stop(); document.getElementById('m-40').style.blockSize = '500px' }")
    thread.evaluate("settle()")
    assert thread.evaluate("keep.distance") > 100


ROWS = '<ul id="rows"><li id="r-1"><a href="#1">one</a></li><li id="r-2"><a href="#2">two</a><input></li><li id="r-3"><a href="#3">three</a></li></ul>'
BUMP = '<turbo-stream action="bump" target="rows"><template>{}</template></turbo-stream>'


@pytest.fixture
def rows(lab):
    lab.run('await use("memo/ui/streams"); window.turbo = await use("@hotwired/turbo");')

    def show(html: str) -> list[str]:
        lab.page.evaluate("html => turbo.renderStreamMessage(html)", BUMP.format(html))
        lab.page.wait_for_function("() => !document.querySelector('turbo-stream')")
        return lab.page.evaluate("[...rows.children].map((row) => row.id)")

    return lab.page, show


@pytest.mark.parametrize("lab", [ROWS], indirect=True)
def test_a_row_comes_up_to_date_and_to_the_top(rows):
    page, show = rows
    assert show('<li id="r-3"><a href="#3">THREE</a></li>') == ["r-3", "r-1", "r-2"]
    assert page.inner_text("#r-3") == "THREE"
    assert show('<li id="r-3"><a href="#3">again</a></li>') == ["r-3", "r-1", "r-2"]
    assert show('<li id="r-9"><a href="#9">nine</a></li>') == ["r-9", "r-3", "r-1", "r-2"]


@pytest.mark.parametrize("lab", [ROWS], indirect=True)
@pytest.mark.parametrize("modern", [True, False])
def test_focus_and_typing_stay_in_the_row_that_moves_and_in_others(rows, modern):
    page, show = rows
    if not modern:
        page.evaluate("() => { delete Element.prototype.moveBefore }")
    page.focus("#r-2 a")
    show('<li id="r-2"><a href="#2">TWO</a><input></li>')
    assert page.evaluate("document.activeElement.textContent") == "TWO"
    page.evaluate("() => { document.activeElement.kept = true }")
    show('<li id="r-3"><a href="#3">three</a></li>')
    assert page.evaluate("document.activeElement.kept")
    page.fill("#r-2 input", "half a sent")
    show('<li id="r-2"><a href="#2">two</a><input></li>')
    assert page.input_value("#r-2 input") == "half a sent"
