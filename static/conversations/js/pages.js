/* The pages of a long thread: older ones come when one scrolls there, and at most 300 lines stay in the page. Who reads
   far up loses the newest lines for that: then nothing new is put behind the gap, and a button leads to the end. */

import { visit } from "@hotwired/turbo";
import { tidy } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { KEEP_MESSAGES } from "memo/ui/keep_scroll";

const NEAR = "200px 0px 0px 0px";

export class Pages {
  #thread;
  #link;

  constructor(thread) {
    this.#thread = thread;
    this.#link = thread.querySelector(".to-newest");
    thread.on(thread, "memo:trimmed", () => this.#offerOlder());
    this.#watch();
  }

  /** Whether newer lines exist that this page does not hold. */
  get apart() {
    return Boolean(this.#link && !this.#link.hidden);
  }

  /** A page before, in the place of the link to it. */
  show(link, lines, keep) {
    const { list } = this.#thread;
    keep.around(() => {
      link.closest("li").replaceWith(lines);
      this.limit();
      tidy(list);
    });
    this.#watch();
  }

  /** The end, fetched anew. */
  toNewest() {
    visit(this.#thread.base + live.query, { frame: "conversation", action: "replace" });
  }

  /** Takes out the newest lines that are too many. */
  limit() {
    const held = [...this.#thread.list.querySelectorAll(":scope > [data-at]")];
    if (held.length <= KEEP_MESSAGES || !this.#link) return;
    for (const line of held.slice(KEEP_MESSAGES)) line.remove();
    this.#link.querySelector("a").href = this.#thread.base + live.query;
    this.#link.hidden = false;
  }

  /** Old lines were taken out of a very long page: they can be asked for again. */
  #offerOlder() {
    const { list, cursor, side, c, base } = this.#thread;
    if (list.querySelector("#older")) return;
    const first = (id) => list.querySelector(`[data-c="${id}"][data-seq]`)?.dataset.seq ?? (cursor[id] ?? 0) + 1;
    const until = list.querySelector("[data-at]").dataset.at;
    const query = new URLSearchParams({ before: first(c), side_before: side ? first(side) : 1, until });
    const item = document.getElementById("blank-older").content.firstElementChild.cloneNode(true);
    item.querySelector("a").dataset.older = `${base}messages/?${query}`;
    list.prepend(item);
    this.#watch();
  }

  #watch() {
    const thread = this.#thread;
    const link = thread.querySelector("[data-older]");
    if (!link) return;
    const begin = ([entry]) => entry.isIntersecting && (observer.disconnect(), thread.older(link));
    const observer = new IntersectionObserver(begin, { root: thread.scroller, rootMargin: NEAR });
    observer.observe(link);
    thread.signal.addEventListener("abort", () => observer.disconnect());
  }
}
