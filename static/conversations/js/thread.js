/* <memo-thread data-c="…">: the open conversation. Shows what comes in its order, fetches what is missing, never jumps. */

import "memo/conversations/facts";
import { Fetching } from "memo/conversations/fetching";
import { fragment, place, tidy } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { News } from "memo/conversations/news";
import { Pages } from "memo/conversations/pages";
import { Reading } from "memo/conversations/reading";
import { Watching } from "memo/conversations/watching";
import { attention } from "memo/ui/attention";
import { define, MemoElement } from "memo/ui/element";
import { KeepScroll } from "memo/ui/keep_scroll";

const PACE_OPEN = 2.5;
const PACE = 10;

export class MemoThread extends MemoElement {
  #keep;
  #fetching;
  #news;
  #heardSide = null;

  connected() {
    this.list = this.querySelector("#messages");
    this.scroller = this.querySelector("[data-scroll]");
    this.words = this.querySelector("#thread-words").dataset;
    this.cursor = { [this.c]: Number(this.dataset.newest) };
    this.#news = new News(this);
    this.#fetching = new Fetching(this);
    live.rendered(this.dataset.versions, (gap) => this.#behind(gap));
    this.#sides();
    tidy(this.list);
    attention.title = `${this.dataset.title} – Memo`;
    const found = document.getElementById(this.dataset.found); // by a search; else the thread starts at its end by itself
    found?.classList.add("found");
    (found ?? this.querySelector("#unread-divider"))?.scrollIntoView({ block: "center" });
    this.#keep = new KeepScroll(this.scroller, this.list);
    this.pages = new Pages(this);
    this.reading = new Reading(this);
    this.watching = new Watching(this);
    this.on(live.socket, "frame", ({ detail }) => this.#heard(detail));
    this.on(live.socket, "behind", ({ detail }) => this.#behind(detail));
    this.on(this, "memo:place", ({ detail }) => this.show(detail.lines));
    this.on(this, "memo:facts", () => this.#sides());
    this.on(this, "click", (event) => this.#clicked(event));
    this.on(this.scroller, "scroll", () => this.#keep.atEnd && !this.pages.apart && this.#news.seen(), { passive: true });
    document.dispatchEvent(new CustomEvent("memo:thread", { detail: this }));
  }

  gone() {
    this.#keep?.stop();
    this.reading?.stop();
    this.watching?.stop();
    live.socket.drop("thread", { k: "close", c: this.c });
    live.socket.pace = PACE;
    for (const group of this.groups) live.socket.versions.forget(group);
    document.dispatchEvent(new CustomEvent("memo:thread", { detail: null }));
  }

  get c() {
    return this.dataset.c;
  }

  get asked() {
    return "group" in this.dataset; // one's own request: the team is the other side
  }

  get side() {
    return this.querySelector("#thread-facts")?.dataset.side ?? "";
  }

  get groups() {
    return this.asked ? [this.dataset.group] : [this.c, this.side].filter(Boolean).map((id) => `conversation.${id}.team`);
  }

  get base() {
    return this.dataset.base ?? `/conversations/${this.c}/`;
  }

  /** The side conversation may have begun meanwhile: hear it too. */
  #sides() {
    const { side } = this;
    if (side && !(side in this.cursor)) this.cursor[side] = Number(this.dataset.newestSide) || 0;
    if (side !== this.#heardSide) live.socket.keep("thread", { k: "open", c: this.c, ...(this.asked ? { asked: true } : {}) });
    this.#heardSide = side;
    this.states();
  }

  #heard({ k: kind, html, d: data, ...frame }) {
    if (kind === "opened" && frame.c === this.c) {
      live.socket.pace = PACE_OPEN;
      for (const gap of live.socket.versions.beat(frame.s)) this.#behind(gap);
    } else if (kind === "refused" && frame.c === this.c) {
      location.assign("/conversations/");
    } else if (kind === "message" && data.c in this.cursor) {
      this.#message(data, html);
    } else if (kind === "changed" && data.c in this.cursor) {
      this.#fetching.catchUp();
    } else if (kind === "state" && data.c === this.c) {
      this.#fetching.state();
    } else if (kind === "seen" && data.c === this.c && (data.who.kind === "user") === this.asked) {
      const facts = this.querySelector("#thread-facts").dataset;
      facts.read = String(Math.max(Number(facts.read), data.seq));
      this.states();
    }
  }

  #message({ c, seq }, html) {
    const { apart } = this.pages;
    if (seq > this.cursor[c] + 1 && !apart) return this.#fetching.catchUp();
    const lines = [...fragment(html).children];
    if (seq <= this.cursor[c] && !document.getElementById(lines[0].id)) return undefined;
    if (!apart) this.advance(c, seq);
    return this.show(lines);
  }

  /** Everything up to `seq` of this conversation is here; a page from the cache remembers it. */
  advance(c, seq) {
    this.cursor[c] = Math.max(seq, this.cursor[c] ?? 0);
    this.dataset[c === this.c ? "newest" : "newestSide"] = this.cursor[c];
  }

  #behind({ group }) {
    if (!this.groups.includes(group)) return;
    if (!this.pages?.apart) this.#fetching.catchUp();
    this.#fetching.state();
  }

  /** New or newer lines, from wherever they come. */
  show(lines) {
    const news = lines.filter((line) => line.dataset.seq && !document.getElementById(line.id));
    const shown = this.pages.apart ? lines.filter((line) => document.getElementById(line.id)) : lines;
    const foreign = news.filter((line) => line.dataset.author !== (this.list.dataset.me ?? `user:${live.user}`));
    const end = this.#keep.atEnd;
    this.#keep.around(() => {
      for (const line of shown) place(this.list, line);
      if (foreign.length < news.length) this.#news.read(true);
      this.#news.divide(foreign);
      if (!end) this.pages.limit();
      tidy(this.list);
    });
    for (const line of foreign) {
      this.#news.tell(line, this.pages.apart || !this.#keep.atEnd);
      this.watching?.wrote(line.dataset.author);
    }
    this.states();
    this.reading?.soon();
  }

  /** The page before is asked for; it comes in the place of the link to it. */
  older(link) {
    return this.#fetching.older(link);
  }

  showOlder(link, lines) {
    this.pages.show(link, lines, this.#keep);
    this.states();
  }

  /** All that is here has been looked at. */
  looked() {
    this.#news.read();
  }

  toEnd() {
    if (this.pages.apart) return this.pages.toNewest();
    this.#keep.toEnd();
    this.#news.seen();
  }

  #clicked(event) {
    const older = event.target.closest("[data-older]");
    if (older) {
      event.preventDefault();
      this.older(older);
    } else if (event.target.closest("[data-to-end]")) this.toEnd();
  }

  /** Sent, sent by mail or seen, under the last answer of the team. */
  states() {
    const { read = 0, mailed = 0 } = this.querySelector("#thread-facts")?.dataset ?? {};
    const { words } = this;
    const of = ({ dataset: { seq } }) => (seq <= Number(read) ? words.seen : seq <= Number(mailed) ? words.mailed : words.sent);
    const answers = [...this.list.querySelectorAll(`.msg.own:not(.pending, .failed)[data-author^='${this.asked ? "customer" : "user"}:']`)];
    const last = answers.at(-1);
    for (const line of answers) {
      const text = line === last ? of(line) : "";
      const state = line.querySelector("[data-state]");
      if (state && state.textContent !== text) state.textContent = text;
    }
  }
}

define("memo-thread", MemoThread);
