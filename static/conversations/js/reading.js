/* Seen: the thread has stood in a visible, focused page for a second. Only that moves the read mark. */

import { live } from "memo/conversations/live";
import { headers } from "memo/ui/csrf";

const LOOKED_MS = 1_000;
const AGAIN_MS = 3_000;

export class Reading {
  #thread;
  #timer = null;
  #told = "";
  #ended = new AbortController();

  constructor(thread) {
    this.#thread = thread;
    const { signal } = this.#ended;
    for (const type of ["focus", "blur"]) window.addEventListener(type, () => this.soon(), { signal });
    document.addEventListener("visibilitychange", () => this.soon(), { signal });
    live.socket.addEventListener("frame", ({ detail }) => this.#heard(detail), { signal });
    this.soon();
  }

  stop() {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  get looking() {
    return !document.hidden && document.hasFocus();
  }

  /** Something new is shown, or somebody looks again: in a second it counts as seen. */
  soon() {
    clearTimeout(this.#timer);
    if (this.looking) this.#timer = setTimeout(() => this.#tell(), LOOKED_MS);
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
