/* Messages on their way: shown at once, sent one after the other in the order written, exactly once by their ids, kept
   in the page's storage until the server has them. */

import { backoff } from "memo/ui/backoff";
import { uuid } from "memo/ui/ids";
import { host } from "memo/widget/host";
import { live } from "memo/widget/live";
import { session } from "memo/widget/session";
import { store } from "memo/widget/store";

const PREFIX = "o:";

class Outbox extends EventTarget {
  /** {id, n: order, c: conversation or null, s: start id while it has none, channel, body, files, follow, at, failed} */
  entries = [];
  #sending = false;
  #attempt = 0;
  #timer = 0;

  constructor() {
    super();
    live.addEventListener("up", () => this.pump());
    addEventListener("online", () => this.pump());
  }

  /** What a reload left behind. */
  resume() {
    const kept = Object.entries(host.kept).filter(([name]) => name.startsWith(PREFIX));
    this.entries = kept.map(([, entry]) => entry).sort((one, other) => one.n - other.n);
    this.pump();
  }

  add(fields) {
    const last = this.entries.at(-1)?.n ?? 0;
    const entry = { id: uuid(), n: Math.max(Date.now(), last + 1), at: new Date().toISOString(), ...fields };
    this.entries.push(entry);
    this.#keep(entry);
    this.#changed();
    this.pump();
    return entry;
  }

  /** Those of a conversation, or of one that is being started. */
  of(conversation, start) {
    return this.entries.filter((entry) => (conversation ? entry.c === conversation : start && entry.s === start));
  }

  retry(entry) {
    entry.failed = null;
    this.#keep(entry);
    this.#changed();
    this.pump();
  }

  drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    host.keep(PREFIX + entry.id, null);
    this.#changed();
  }

  forget() {
    for (const entry of [...this.entries]) this.drop(entry);
  }

  async pump() {
    if (this.#sending) return;
    clearTimeout(this.#timer);
    this.#sending = true;
    try {
      for (let entry; (entry = this.entries.find((one) => !one.failed)); ) {
        if (!(await this.#deliver(entry))) break;
      }
    } finally {
      this.#sending = false;
      this.#changed();
    }
  }

  /** Send one; false when to stop and try later. */
  async #deliver(entry) {
    try {
      await session.ensure();
      const answer = await this.#post(entry);
      this.#attempt = 0;
      // Out of the box before into the thread: never shown twice.
      this.entries = this.entries.filter((other) => other !== entry);
      host.keep(PREFIX + entry.id, null);
      this.#settle(entry, answer);
    } catch (refusal) {
      if (refusal.passing === undefined) throw refusal;
      if (refusal.passing) return this.#later(refusal);
      // The visitor ran out after half a year: the next turn makes a new one.
      if (refusal.status === 401 && !entry.renewed) return (entry.renewed = true);
      this.#refused(entry, refusal);
    }
    return true;
  }

  #post(entry) {
    const body = { client_id: entry.id, body: entry.body, files: entry.files.map((file) => file.id) };
    if (entry.c) return session.call("POST", `conversations/${entry.c}/messages/`, body);
    return session.call("POST", "conversations/", {
      ...body,
      start_id: entry.s,
      channel: entry.channel ?? "",
      follow_up_of: entry.follow ?? "",
    });
  }

  #settle(entry, answer) {
    const id = answer.conversation.c;
    for (const other of this.entries.filter((one) => entry.s && one.s === entry.s)) {
      Object.assign(other, { c: id, s: null });
      this.#keep(other);
    }
    const isStart = !entry.c;
    store.stored(answer);
    // The team joined it to another one of ours: there it goes on.
    if (!isStart && id !== entry.c) this.dispatchEvent(new CustomEvent("joined", { detail: { from: entry.c, id } }));
    if (isStart) this.dispatchEvent(new CustomEvent("started", { detail: { start: entry.s, id } }));
    if (isStart) host.emit("conversation:started", { conversation: id });
    host.emit("message:sent", { conversation: id, text: entry.body });
    live.start();
  }

  #later(refusal) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), Math.max(refusal.wait || 0, backoff(this.#attempt++) + 250));
    return false;
  }

  #refused(entry, refusal) {
    // Closed for good, or of a visitor that is no more: what was written begins a new conversation (model.md §4.1).
    if (entry.c && (refusal.code === "locked" || refusal.status === 404)) {
      const start = uuid();
      const follow = refusal.code === "locked" ? entry.c : null;
      const gone = entry.c;
      for (const other of this.of(gone)) {
        Object.assign(other, { c: null, s: start, follow });
        this.#keep(other);
      }
      this.dispatchEvent(new CustomEvent("moved", { detail: { from: gone, start } }));
      return;
    }
    entry.failed = refusal.message;
    this.#keep(entry);
    host.emit("error", { error: refusal.code, message: refusal.message });
  }

  #keep(entry) {
    host.keep(PREFIX + entry.id, entry);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const outbox = new Outbox();
