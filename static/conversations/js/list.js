/* <memo-list>: the rows of a folder, kept right by the frames of its inboxes; never rendered anew as a whole. */

import { morphElements, renderStreamMessage } from "@hotwired/turbo";
import { fragment } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { belongs, dress, moved, put } from "memo/conversations/rows";
import { steady } from "memo/conversations/steady";
import { define, MemoElement } from "memo/ui/element";
import { moveToTop } from "memo/ui/streams";

/* Scroll positions by folder: a page that comes back from the cache stands where it was. */
const scrolled = new Map();
const picking = () => import("memo/conversations/picking");

class MemoList extends MemoElement {
  connected() {
    this.rows = this.querySelector("#rows");
    const { query, versions } = this.dataset;
    if (live.query !== query) live.picked?.clear();
    live.query = query;
    let stale = false;
    live.rendered(versions, () => (stale = true));
    if (stale) live.refresh({ list: true, anew: true });
    else live.know(undefined, JSON.parse(this.querySelector("#unread-rows").textContent));
    this.on(live.socket, "frame", ({ detail }) => this.#heard(detail));
    this.on(live, "rows", () => this.#dress());
    this.on(live, "state", ({ detail }) => this.#state(detail));
    this.on(document, "memo:offer-ended", ({ detail }) => this.#ended(detail));
    this.on(document, "memo:thread", () => this.#dress());
    this.on(document, "turbo:frame-load", () => this.#dress());
    this.on(this, "click", (event) => this.#clicked(event));
    this.scroller = this.querySelector("[data-scroll]");
    this.on(this.scroller, "scroll", () => scrolled.set(query, this.scroller.scrollTop), { passive: true });
    this.scroller.scrollTop = scrolled.get(query) ?? 0;
    this.#catchUp();
    this.#dress();
  }

  gone() {
    if (live.query === this.dataset.query) live.query = "";
  }

  get links() {
    return [...this.querySelectorAll(".crow")];
  }

  /* A tick, Shift and a click, or the button that a row shows below the pointer. */
  #clicked(event) {
    const { target, shiftKey } = event;
    const row = target.closest(".rows > li");
    const on = target.checked; // as it was clicked: the row may come anew until the module is there
    if (target.matches(".pick")) picking().then(({ pick }) => pick(document.getElementById(row.id) ?? row, { shiftKey, on }));
    else if (row && target.closest(".row-act")) {
      event.preventDefault();
      picking().then(({ act }) => act("close", [row.dataset.c]));
    } else if (row && shiftKey) {
      event.preventDefault();
      picking().then(({ pick }) => pick(row, { shiftKey }));
    }
  }

  #heard({ k: kind, html, d: data }) {
    if (kind === "row") this.#row(fragment(html).querySelector("li"));
    else if (kind === "row_hidden") this.#remove(data.c);
    else if (kind === "views") live.refresh({ lazy: true });
    else if (kind === "bulk") renderStreamMessage(`<turbo-stream action="append" target="toasts"><template>${html}</template></turbo-stream>`);
    else if ((kind === "alert" || kind === "wrote") && ["all", "customer", "internal"].includes(this.dataset.view)) live.refresh({ list: true });
  }

  #row(row) {
    live.touch();
    const old = document.getElementById(row.id);
    const here = belongs(row, this.dataset);
    if (moved(old, row)) live.refresh({ lazy: true });
    if (here) steady(this.scroller, () => put(this.rows, row, this.dataset.query));
    else if (here === false) this.#drop(old);
    else live.refresh({ list: true, lazy: true });
  }

  /* An offer of mine went on: the row goes with it, unless I may watch it anyway: then it comes anew. */
  #ended({ c }) {
    live.touch();
    const row = document.getElementById(`row-${c}`);
    if (row?.dataset.routing === "ringing" && row.dataset.holder === live.user) this.#remove(c);
  }

  #remove(c) {
    live.touch();
    this.#drop(document.getElementById(`row-${c}`));
    live.refresh({ lazy: true });
  }

  #drop(row) {
    if (row) steady(this.scroller, () => row.remove());
  }

  #catchUp() {
    const running = [...document.querySelectorAll("#toasts > memo-toast[stay][id^='bulk-']")];
    if (running.length) picking().then(({ catchUp }) => catchUp(running));
  }

  /** The answer after a gap: side bar and first page of rows, brought up to date in place. */
  #state({ side, list, more, anew, query }) {
    this.#catchUp();
    if (query !== this.dataset.query) return;
    const fresh = document.createElement("div");
    fresh.id = "side";
    fresh.append(fragment(side));
    morphElements(document.getElementById("side"), fresh);
    if (list === null) return;
    const rows = Object.assign(document.createElement("ul"), { className: "rows", id: "rows" });
    rows.append(fragment(list));
    steady(this.scroller, () => this.#renew(rows, more, anew));
    this.#dress();
  }

  #renew(rows, more, anew) {
    for (const row of rows.querySelectorAll(":scope > li")) {
      const twin = this.querySelector(`turbo-frame #${CSS.escape(row.id)}`);
      if (twin) moveToTop(this.rows, twin); // it keeps its element, and the focus in it
    }
    const pages = this.querySelectorAll("turbo-frame[id^='rows-']");
    const focused = document.activeElement?.closest("turbo-frame[id^='rows-']");
    if (anew) for (const page of pages) page.remove();
    else if (more) this.#keepOlder(rows);
    morphElements(this.rows, rows);
    if (focused && !focused.isConnected) this.links.at(-1)?.focus({ preventScroll: true });
    if (more && (anew || !pages.length)) this.rows.after(fragment(more));
  }

  /* What stands below the first page: new rows on top push others down, out of the page that was fetched. */
  #keepOlder(rows) {
    const last = rows.lastElementChild?.dataset.at ?? "";
    const older = [...this.rows.children].filter((row) => row.dataset.at < last && !rows.querySelector(`#${CSS.escape(row.id)}`));
    rows.append(...older.map((row) => row.cloneNode(true)));
  }

  #dress() {
    for (const row of this.querySelectorAll(".rows > li")) dress(row);
  }
}

define("memo-list", MemoList);
