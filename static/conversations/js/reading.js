/* Seen: the thread has stood in a visible, focused page for a second. Only that moves the read mark. */

import { live } from "memo/conversations/live";
import { headers } from "memo/ui/csrf";

const LOOKED_MS = 1_000;
const AGAIN_MS = 3_000;

export class Reading {
  #thread;
  #timer = null;
  #told = "";
  #telling = Promise.resolve();
  #ended = new AbortController();

  constructor(thread) {
    this.#thread = thread;
    const { signal } = this.#ended;
    for (const type of ["focus", "blur"]) window.addEventListener(type, () => this.soon(), { signal });
    document.addEventListener("visibilitychange", () => this.soon(), { signal });
    document.addEventListener("submit", (event) => event.target.matches("[action$='/unread/']") && this.#unread(event), { signal, capture: true });
    live.socket.addEventListener("frame", ({ detail }) => this.#heard(detail), { signal });
    this.soon();
  }

  /** Resolves when nothing more is told. */
  stop() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    return this.#telling;
  }

  /* Whoever marks it unread looks no more, whatever the page still shows; what is being told comes first. */
  #unread(event) {
    const { target, submitter } = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.stop().then(() => target.requestSubmit(submitter));
  }

  get looking() {
    return !document.hidden && document.hasFocus();
  }

  /** Something new is shown, or somebody looks again: in a second it counts as seen. */
  soon() {
    clearTimeout(this.#timer);
    if (this.looking && !this.#ended.signal.aborted) this.#timer = setTimeout(() => (this.#telling = this.#tell()), LOOKED_MS);
  }

  /* It calls for attention without a new line (somebody gave it to me): looked at already, it is seen once more. */
  #heard({ k: kind, d: data }) {
    if (kind !== "alert" || data.c !== this.#thread.c) return;
    this.#told = "";
    this.soon();
  }

  async #tell() {
    const { c, side, cursor } = this.#thread;
    const marks = { seq: cursor[c], side_seq: side ? cursor[side] : 0 };
    const told = JSON.stringify(marks);
    if (!this.looking || told === this.#told || this.#thread.pages?.apart) return;
    this.#told = told;
    try {
      const response = await fetch(`${this.#thread.base}seen/`, {
        method: "POST",
        body: told,
        headers: { ...headers(), Accept: "application/json", "Content-Type": "application/json", "X-Memo-Fetch": "1" },
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(String(response.status));
      live.seen(c);
      this.#thread.looked();
    } catch {
      this.#told = "";
      if (!this.#ended.signal.aborted) this.#timer = setTimeout(() => this.soon(), AGAIN_MS);
    }
  }
}
