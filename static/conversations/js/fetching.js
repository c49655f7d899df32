/* What an open thread asks the server for: lines after its cursors, the page before, the state. One of each at a time. */

import { renderStreamMessage } from "@hotwired/turbo";
import { fragment } from "memo/conversations/lines";
import { live } from "memo/conversations/live";

const CALM_MS = 60;
const PATIENCE_MS = 15_000;
/* Forms under way: one of them may be leaving the conversation, and its answer leads elsewhere. */
let submitting = 0;

document.addEventListener("turbo:submit-start", () => submitting++);
document.addEventListener("turbo:submit-end", () => submitting--);

export class Fetching {
  #thread;
  #running = new Map();

  constructor(thread) {
    this.#thread = thread;
  }

  /** Lines after the cursors, until there are no more. */
  catchUp() {
    const thread = this.#thread;
    return this.#single("messages", async () => {
      for (let more = true; more && thread.isConnected; ) {
        const { c, side, cursor } = thread;
        const [changed, sideChanged] = thread.dataset.changed.split(",");
        const query = new URLSearchParams({ after: cursor[c], side_after: cursor[side] ?? 0, changed, side_changed: sideChanged });
        const { text, headers } = await this.#get(`messages/?${query}`);
        const [newest, newestSide, rest, ...changes] = headers.get("X-Memo-Newest").split(",").map(Number);
        // A changed line belongs here only where the page holds it.
        const lines = [...fragment(text).children].filter(
          ({ id, dataset }) => !dataset.seq || Number(dataset.seq) > (cursor[dataset.c] ?? 0) || document.getElementById(id),
        );
        thread.dataset.changed = changes;
        thread.advance(c, newest);
        if (side) thread.advance(side, newestSide);
        if (lines.length) thread.show(lines);
        more = Boolean(rest);
      }
    });
  }

  /** Head, offer, composer's lock, details. */
  state() {
    return this.#single("state", async () => {
      await new Promise((resolve) => setTimeout(resolve, CALM_MS));
      const { text } = await this.#get("state/", "text/vnd.turbo-stream.html");
      if (this.#thread.isConnected) renderStreamMessage(text);
    });
  }

  /** The page before, in the place of the link that leads to it. */
  older(link) {
    return this.#single("older", async () => {
      const { text } = await this.#get(link.dataset.older.slice(this.#thread.base.length));
      if (link.isConnected) this.#thread.showOlder(link, fragment(text));
    });
  }

  /* A wish during a run means one more run; what failed is noticed again with the next beat. */
  async #single(name, job) {
    if (this.#running.has(name)) return void this.#running.set(name, true);
    do {
      this.#running.set(name, false);
      try {
        await job();
      } catch {
        for (const group of this.#thread.groups) live.socket.versions.lost(group);
      }
    } while (this.#running.get(name) && this.#thread.isConnected);
    this.#running.delete(name);
  }

  async #get(path, accept = "text/html") {
    const response = await fetch(this.#thread.base + path, {
      headers: { Accept: accept, "X-Memo-Fetch": "1" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    // Signed out, or the right to read was taken away: the page itself says so. Who is just leaving is not called back.
    const leaving = submitting > 0 || document.querySelector("[aria-busy='true']");
    if (!leaving && [401, 403, 404].includes(response.status)) location.reload();
    if (!response.ok) throw new Error(String(response.status));
    return { text: await response.text(), headers: response.headers };
  }
}
