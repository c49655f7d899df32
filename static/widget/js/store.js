/* What we know of the conversations, from answers and frames alike; says "change" when the page should look again. */

import { wordsOf } from "memo/widget/dom";
import { host } from "memo/widget/host";
import { live } from "memo/widget/live";
import { hear, latest } from "memo/widget/news";
import { session } from "memo/widget/session";

const TYPING_MS = 6_000;
const PAGE = 50;

/* Where several customers take part, the server says which of them are we. */
export const isOwn = ({ c, author }) =>
  (author.kind === "visitor" || author.kind === "customer") && (store.conversations.get(c)?.mine?.includes(author.id) ?? true);

class Store extends EventTarget {
  /** conversation id → {c, status, routing, holder, back_at, channel, preview, by, at, seq, changes, read, team_read,
      heard: how far the page was told, messages?, known?: the changes of messages that these have} */
  conversations = new Map();
  #syncing = null;
  #again = false;
  #told = 0;
  #era = 0;

  constructor() {
    super();
    live.addEventListener("frame", ({ detail }) => this.#frame(detail));
    live.addEventListener("behind", () => this.sync());
    live.addEventListener("up", () => this.sync());
  }

  /** Latest activity first. */
  list() {
    return [...this.conversations.values()].sort((one, other) => (one.at < other.at ? 1 : -1));
  }

  get unread() {
    return this.list().reduce((sum, one) => sum + unreadOf(one), 0);
  }

  /** Fetch the list, and what open threads missed. Calls while one is under way become one more afterwards. */
  sync() {
    if (this.#syncing) {
      this.#again = true;
      return this.#syncing;
    }
    this.#syncing = this.#fetchAll().catch(() => {}).finally(() => {
      this.#syncing = null;
      if (this.#again) {
        this.#again = false;
        this.sync();
      }
    });
    return this.#syncing;
  }

  async #fetchAll() {
    if (!session.known) return;
    const era = this.#era;
    const { conversations } = await session.call("GET", "conversations/");
    if (era !== this.#era) return;
    for (const one of conversations) this.#learn(one);
    for (const one of this.conversations.values()) {
      if (era !== this.#era) return;
      if (one.wanted) await this.load(one.c);
      if (one.messages && (one.messages.at(-1)?.seq < one.seq || one.known < one.changes)) await this.#catchUp(one);
      if (!one.messages) hear(one, { seq: one.seq, text: one.preview, from: one.by, own: one.own });
    }
    this.changed();
  }

  /** The newest page of a thread, if we have none of it yet. */
  async load(id) {
    const one = this.conversations.get(id);
    if (!one || one.messages) return;
    one.wanted = true;
    const { messages, conversation } = await session.call("GET", `conversations/${id}/messages/`);
    this.#learn(conversation);
    one.messages = messages;
    one.known = conversation.changes;
    one.complete = messages.length < PAGE;
    for (const message of messages) this.#news(one, message);
    this.changed();
  }

  async loadEarlier(id) {
    const one = this.conversations.get(id);
    const { messages } = await session.call("GET", `conversations/${id}/messages/?before=${one.messages[0].seq}`);
    one.messages.unshift(...messages);
    one.complete = messages.length < PAGE;
    this.changed();
  }

  async #catchUp(one) {
    for (;;) {
      const after = one.messages.at(-1)?.seq ?? 0;
      const { messages, conversation } = await session.call("GET", `conversations/${one.c}/messages/?after=${after}&changed=${one.known ?? 0}`);
      this.#learn(conversation);
      one.known = conversation.changes;
      for (const message of messages) this.#add(one, message) && this.#news(one, message);
      if (!messages.length || one.messages.at(-1).seq >= conversation.seq) return;
    }
  }

  #learn(data) {
    const one = this.conversations.get(data.c);
    if (!one) this.conversations.set(data.c, Object.assign(data, { heard: data.seq })); // what was there is no news
    // An answer may be older than a frame that overtook it: positions only grow.
    else if (data.seq >= one.seq) {
      const marks = { read: Math.max(one.read, data.read), team_read: Math.max(one.team_read, data.team_read) };
      Object.assign(one, data, marks);
    }
    return this.conversations.get(data.c);
  }

  /** An answer to a message of ours: {message, conversation}. */
  stored({ message, conversation }) {
    const one = this.#learn(conversation);
    one.messages ??= message.seq === 1 ? [] : undefined;
    if (message.seq === 1) one.complete = true;
    this.#add(one, message);
    this.changed();
  }

  /** Put a message into its place; false when something before it is missing. */
  #add(one, message) {
    one.read = isOwn(message) ? Math.max(one.read, message.seq) : one.read;
    if (message.seq >= one.seq) Object.assign(one, latest(message, isOwn(message)));
    if (!one.messages) return true;
    const last = one.messages.at(-1)?.seq ?? 0;
    if (message.seq === last + 1) one.messages.push(message);
    else if (message.seq > last) return false;
    else one.messages = one.messages.map((known) => (known.seq === message.seq ? message : known));
    return true;
  }

  #frame({ k: kind, d: data }) {
    const one = this.conversations.get(data.c);
    if (!one || kind === "changed") return this.sync();
    if (kind === "message") this.#message(one, data);
    else if (kind === "seen") this.#seen(one, data);
    else if (kind === "state") this.#state(one, data);
    else if (kind === "typing" && data.who.kind === "user") this.#typing(one, data.who.name);
    else return;
    this.changed();
  }

  #message(one, message) {
    if (this.#add(one, message)) this.#news(one, message);
    else this.sync();
  }

  #news(one, message) {
    if (!hear(one, { seq: message.seq, text: wordsOf(message), from: message.author.name, own: isOwn(message) })) return;
    one.typing = null;
    this.dispatchEvent(new CustomEvent("received", { detail: message }));
  }

  /** Somebody else takes part, or no longer: who they are is for each of us to ask. */
  #state(one, data) {
    if (data.others !== one.others) this.sync();
    Object.assign(one, data);
  }

  #seen(one, { who, seq }) {
    if (who.kind === "user") one.team_read = Math.max(one.team_read, seq);
    else one.read = Math.max(one.read, seq);
  }

  #typing(one, name) {
    clearTimeout(one.quiet);
    one.typing = name;
    one.quiet = setTimeout(() => {
      one.typing = null;
      this.changed();
    }, TYPING_MS);
  }

  /** We have read it: the badge goes at once, the server is told. */
  async markSeen(one) {
    one.read = one.seq;
    this.changed();
    await session.call("POST", `conversations/${one.c}/seen/`, { seq: one.seq }).catch(() => {});
  }

  /** Somebody else is here now; answers that are still under way are not theirs. */
  forget() {
    this.#era += 1;
    this.conversations.clear();
    this.changed();
  }

  changed() {
    if (this.unread !== this.#told) host.tell("unread", (this.#told = this.unread));
    this.dispatchEvent(new Event("change"));
  }
}

export const unreadOf = (one) => Math.max(0, one.seq - one.read);
export const store = new Store();
