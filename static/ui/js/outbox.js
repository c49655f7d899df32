/* What was written but not yet confirmed: survives reloads and outages, goes out in order, once.

   const outbox = new Outbox(userId);                       // one list per signed-in person, shared by all tabs
   outbox.add({ id, url, fields });                         // id: the client id, so that the server knows a repeat
   outbox.flush();                                          // now: call it when the socket opens
   outbox.addEventListener("sent", …)    detail {entry, html}; html "" when another tab sent it
   outbox.addEventListener("refused", …) detail {entry, status, text}: the server will never take it; it left the list
   outbox.addEventListener("signin", …)  the session is over; the entries wait for the next sign-in
   outbox.entries                                           // what waits, oldest first */

import { backoff } from "memo/ui/backoff";
import { post } from "memo/ui/csrf";
import { locked } from "memo/ui/locks";

const TRY_LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Outbox extends EventTarget {
  #key;
  #send;
  #memory = null;
  #timer = null;
  #attempt = 0;
  #ended = new AbortController();
  /* What is on its way from this page: {id, outcome: a promise}. */
  #running = null;

  constructor(user, { send = post } = {}) {
    super();
    this.#key = `memo-outbox-${user}`;
    this.#send = send;
    const { signal } = this.#ended;
    window.addEventListener("online", () => this.flush(), { signal });
    window.addEventListener("storage", (event) => event.key === this.#key && this.#elsewhere(event), { signal });
    this.flush();
  }

  get entries() {
    if (this.#memory) return [...this.#memory];
    try {
      return read(localStorage.getItem(this.#key));
    } catch {
      return (this.#memory = []); // storage is switched off
    }
  }

  add(entry) {
    const entries = this.entries;
    if (!entries.some(({ id }) => id === entry.id)) this.#store([...entries, { ...entry, at: Date.now() }]);
    return this.flush();
  }

  /** Takes one back before it went out (the writer changed his mind after a refusal or an outage). Resolves when it is
      not on its way from this page any more: “sent”, “refused”, or "" when the server did not answer or never saw it. */
  remove(id) {
    this.#store(this.entries.filter((entry) => entry.id !== id));
    return Promise.resolve(this.#running?.id === id ? this.#running.outcome : "");
  }

  end() {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  /** Sends what waits, one after the other; only one tab at a time, the others wait for their turn. */
  async flush() {
    clearTimeout(this.#timer);
    if (!this.entries.length) return;
    await locked(this.#key, () => this.#work());
  }

  async #work() {
    for (let [entry] = this.entries; entry && !this.#ended.signal.aborted; [entry] = this.entries) {
      const outcome = this.#deliver(entry);
      this.#running = { id: entry.id, outcome };
      const over = await outcome;
      this.#running = null;
      if (!over) return;
    }
  }

  /* “sent”, “refused”: go on with the next; "": later, and nothing overtakes. */
  async #deliver(entry) {
    let response;
    try {
      response = await this.#send(entry.url, entry.fields);
    } catch {
      return this.#later();
    }
    if (response.redirected || response.status === 401) {
      this.#emit("signin");
      return "";
    }
    if (TRY_LATER.has(response.status)) return this.#later(Number(response.headers.get("Retry-After")) * 1000);
    const text = await response.text().catch(() => "");
    this.#attempt = 0;
    this.remove(entry.id);
    if (response.ok) this.#emit("sent", { entry, html: text });
    else this.#emit("refused", { entry, status: response.status, text });
    return response.ok ? "sent" : "refused";
  }

  #later(asked = 0) {
    clearTimeout(this.#timer);
    const wait = Math.max(asked || 0, 250 + backoff(this.#attempt++));
    if (!this.#ended.signal.aborted) this.#timer = setTimeout(() => this.flush(), wait);
    return "";
  }

  /* Another tab changed the list: what is gone from it was sent there. */
  #elsewhere({ oldValue, newValue }) {
    const left = new Set(read(newValue).map(({ id }) => id));
    for (const entry of read(oldValue)) if (!left.has(entry.id)) this.#emit("sent", { entry, html: "" });
  }

  #store(entries) {
    if (this.#memory) this.#memory = entries;
    try {
      if (entries.length) localStorage.setItem(this.#key, JSON.stringify(entries));
      else localStorage.removeItem(this.#key);
    } catch {
      this.#memory = entries; // storage is full or switched off: at least this page remembers
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function read(text) {
  try {
    const entries = JSON.parse(text ?? "[]");
    return Array.isArray(entries) ? entries : [];
  } catch {
    return []; // damaged
  }
}
