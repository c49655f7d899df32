"""The outbox: ordered, once, through outages, reloads and several tabs (design.md §5.8; requirement N-…: nothing is lost)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.cast import NOW

pytestmark = pytest.mark.browser

# A server that takes what it is sent, or fails as `window.answers` says: a status, "lost" (no connection) or "login".
START = """
const { Outbox } = await use("memo/ui/outbox");
window.taken = [];
window.answers ??= [];
window.log = [];
const send = async (url, fields) => {
  const answer = window.answers.shift() ?? 200;
  if (answer === "lost") throw new TypeError("Failed to fetch");
  if (answer === "login") return { redirected: true, status: 200, ok: true, headers: new Headers(), text: async () => "" };
  if (answer === 200) window.taken.push([url, fields.body]);
  return new Response(answer === 200 ? `<b>${fields.body}</b>` : "no", { status: answer, headers: { "Retry-After": "1" } });
};
window.outbox = new Outbox(argument ?? "anna", { send });
for (const name of ["sent", "refused", "signin"]) outbox.addEventListener(name, ({ detail }) => log.push([name, detail?.entry.id ?? null, detail?.html ?? detail?.status ?? null]));
"""


def add(lab, *bodies: str, page=None) -> None:
    entries = "[" + ",".join(f'{{id: "{b}", url: "/c/", fields: {{body: "{b}"}}}}' for b in bodies) + "]"
    (page or lab.page).evaluate(f"() => {{ for (const entry of {entries}) outbox.add(entry) }}")


def frozen(lab):
    """From here on time passes only in run_for(): nothing is tried again because the machine is slow."""
    lab.page.clock.install(time=NOW)
    lab.page.clock.pause_at(NOW + timedelta(seconds=1))


def until(lab, condition: str, page=None) -> None:
    (page or lab.page).wait_for_function(f"() => {condition}")


def test_what_is_written_goes_out_in_order_and_leaves_the_list(lab):
    lab.run(START)
    add(lab, "1", "2", "3")
    until(lab, "log.length === 3")
    assert lab.page.evaluate("taken") == [["/c/", "1"], ["/c/", "2"], ["/c/", "3"]]
    assert lab.page.evaluate("log") == [["sent", n, f"<b>{n}</b>"] for n in "123"]
    assert lab.page.evaluate("[outbox.entries, localStorage.length]") == [[], 0]


def test_the_same_id_is_written_once(lab):
    lab.run(START)
    add(lab, "1", "1")
    until(lab, "outbox.entries.length === 0")
    assert lab.page.evaluate("taken.length") == 1


def test_an_outage_holds_everything_back_in_order(lab):
    lab.page.evaluate("window.answers = ['lost', 'lost', 'lost']")  # every new entry is an attempt
    frozen(lab)
    lab.run(START)
    add(lab, "1", "2", "3")
    until(lab, "answers.length === 0")
    assert lab.page.evaluate("outbox.entries.length") == 3
    lab.page.evaluate("window.answers = [503, 503]")
    lab.page.evaluate("window.dispatchEvent(new Event('online'))")
    until(lab, "answers.length === 1")
    lab.page.evaluate("window.dispatchEvent(new Event('online'))")
    until(lab, "answers.length === 0")
    assert lab.page.evaluate("[outbox.entries.length, taken.length]") == [3, 0]
    lab.page.evaluate("() => { outbox.flush() }")
    until(lab, "log.length === 3")
    assert lab.page.evaluate("taken.map(([, body]) => body)") == ["1", "2", "3"]


def test_it_tries_again_by_itself(lab):
    lab.page.evaluate("window.answers = ['lost', 'lost']")
    frozen(lab)
    lab.run(START)
    add(lab, "1")
    until(lab, "answers.length === 1")
    lab.page.clock.run_for(800)
    until(lab, "answers.length === 0")
    lab.page.clock.run_for(1500)
    until(lab, "log.length === 1")


def test_what_waits_survives_a_reload_and_belongs_to_one_person(lab):
    lab.page.evaluate("window.answers = ['lost', 'lost', 'lost', 'lost', 'lost', 'lost']")
    lab.run(START)
    add(lab, "1", "2")
    until(lab, "outbox.entries.length === 2 && answers.length < 6")
    lab.page.reload()
    lab.run(START, "ben")
    assert lab.page.evaluate("outbox.entries") == []
    lab.page.reload()
    lab.run(START, "anna")
    until(lab, "log.length === 2")
    assert lab.page.evaluate("taken.map(([, body]) => body)") == ["1", "2"]


def test_what_the_server_will_never_take_leaves_the_list_and_lets_the_next_one_go(lab):
    lab.page.evaluate("() => { window.answers = [403, 404, 409, 422] }")
    lab.run(START)
    add(lab, "1", "2", "3", "4", "5")
    until(lab, "log.length === 5")
    refused = [["refused", str(n), status] for n, status in enumerate((403, 404, 409, 422), 1)]
    assert lab.page.evaluate("log") == [*refused, ["sent", "5", "<b>5</b>"]]


def test_a_session_that_ended_keeps_everything_for_the_next_one(lab):
    lab.page.evaluate("window.answers = ['login']")
    lab.run(START)
    add(lab, "1")
    until(lab, "log.length === 1")
    assert lab.page.evaluate("[log, outbox.entries.length]") == [[["signin", None, None]], 1]


def test_two_tabs_send_everything_once_in_order_and_both_know(lab):
    other = lab.open()
    for page in (lab.page, other):
        lab.run(START, page=page)
    lab.page.evaluate("window.answers = Array(1000).fill('lost')")
    other.evaluate("window.answers = ['lost']")
    add(lab, "1")
    until(lab, "outbox.entries.length === 1", page=other)  # what one tab stores reaches the other a moment later
    add(lab, "2", page=other)
    until(lab, "outbox.entries.length === 2", page=other)
    other.evaluate("outbox.flush()")
    until(lab, "taken.length === 2", page=other)
    assert other.evaluate("taken.map(([, body]) => body)") == ["1", "2"]
    until(lab, "log.some(([name, id]) => name === 'sent' && id === '1')")
    assert lab.page.evaluate("taken") == []


@pytest.mark.parametrize("stored", ["{broken", "{}", "null", '"x"'])
def test_damaged_storage_is_as_good_as_empty(lab, stored):
    lab.page.evaluate("stored => localStorage.setItem('memo-outbox-anna', stored)", stored)
    lab.run(START)
    add(lab, "1")
    until(lab, "log.length === 1")
    assert lab.page.evaluate("taken.length") == 1


@pytest.mark.parametrize("broken", ["setItem", "getItem"])
def test_full_or_forbidden_storage_loses_nothing_that_is_written_now(lab, broken):
    lab.page.evaluate("window.answers = ['lost', 'lost', 'lost']")
    frozen(lab)
    lab.run(START)
    add(lab, "1")
    until(lab, "answers.length === 2")
    lab.page.evaluate(
        "name => { Storage.prototype[name] = () => { throw new DOMException('full', 'QuotaExceededError') } }",
        "setItem",
    )
    if broken == "getItem":
        lab.page.evaluate(
            "() => { Storage.prototype.getItem = () => { throw new DOMException('no', 'SecurityError') } }"
        )
    add(lab, "2")
    until(lab, "answers.length === 1")
    lab.page.evaluate("() => { window.answers = []; outbox.flush() }")
    until(lab, "outbox.entries.length === 0")
    assert ["/c/", "2"] in lab.page.evaluate("taken")


def test_without_locks_one_page_still_sends_in_order(lab):
    lab.page.evaluate("() => Object.defineProperty(navigator, 'locks', { value: undefined })")
    lab.run(START)
    add(lab, "1", "2", "3")
    until(lab, "log.length === 3")
    assert lab.page.evaluate("taken.map(([, body]) => body)") == ["1", "2", "3"]


def test_without_locks_a_name_is_still_held_by_one(lab):
    lab.page.evaluate("() => Object.defineProperty(navigator, 'locks', { value: undefined })")
    code = """
    const { locked } = await use("memo/ui/locks");
    const log = [];
    let open;
    const held = locked("a", (lock) => { log.push(["first", Boolean(lock)]); return new Promise((done) => (open = done)) });
    await locked("b", () => log.push("other"));
    await locked("a", (lock) => log.push(["busy", lock]), { ifAvailable: true });
    const next = locked("a", () => log.push("second"));
    open();
    await Promise.all([held, next]);
    await locked("a", (lock) => log.push(["free", Boolean(lock)]), { ifAvailable: true });
    return log;
    """
    assert lab.run(code) == [["first", True], "other", ["busy", None], "second", ["free", True]]


def test_client_ids_are_uuids_with_and_without_https(lab):
    code = 'const { uuid } = await use("memo/ui/ids"); const a = uuid(); crypto.randomUUID = undefined; return [a, uuid(), uuid()]'
    ids = [uuid.UUID(text) for text in lab.run(code)]
    assert len(set(ids)) == 3
    assert {i.version for i in ids} == {4}


def test_an_entry_can_be_taken_back_while_it_waits(lab):
    lab.page.evaluate("window.answers = ['lost', 'lost']")
    frozen(lab)
    lab.run(START)
    add(lab, "1")
    until(lab, "answers.length === 1")
    lab.page.evaluate("outbox.remove('1')")
    assert lab.page.evaluate("outbox.entries") == []


@pytest.mark.parametrize(("status", "outcome"), [(200, "sent"), (409, "refused"), (503, "")])
def test_taking_back_what_is_on_its_way_waits_for_its_answer(lab, status, outcome):
    code = """
    const { Outbox } = await use("memo/ui/outbox");
    let answer;
    const send = () => new Promise((resolve) => (answer = resolve));
    const outbox = new Outbox("anna", { send });
    outbox.add({ id: "1", url: "/c/", fields: {} });
    while (!answer) await new Promise((resolve) => setTimeout(resolve, 10));
    let told = null;
    const asked = outbox.remove("1").then((word) => (told = word));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const early = told;
    answer(new Response("", { status: argument }));
    await asked;
    outbox.end();
    return [early, told, outbox.entries.length, await outbox.remove("2")];
    """
    assert lab.run(code, status) == [None, outcome, 0, ""]


def test_post_sends_the_proof_and_asks_for_streams(lab):
    lab.page.evaluate("document.body.innerHTML = '<input type=hidden name=csrfmiddlewaretoken value=abc>'")
    with lab.page.expect_request("**/send/") as asked:
        lab.run('const { post } = await use("memo/ui/csrf"); await post("/send/", { body: "ä b", file: ["1", "2"] })')
    assert asked.value.headers["x-csrftoken"] == "abc"
    assert asked.value.headers["accept"].startswith("text/vnd.turbo-stream.html")
    assert asked.value.post_data == "body=%C3%A4+b&file=1&file=2"
