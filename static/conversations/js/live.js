/* The one live connection of a signed-in person: who they are, the server's clock, what is unread, what was missed.

   live.socket · live.user · live.name · live.now() (ms, the server's clock) · live.rows (public id → unseen messages)
   live.addEventListener("rows", …)     the unread numbers of rows changed
   live.addEventListener("draft" | "returned", …) detail: the frame, about one's own unsent texts
   live.addEventListener("gap", …)      frames of one's own were missed
   live.addEventListener("state", …)    detail: the answer of /conversations/state/ after a gap
   live.addEventListener("answering", …) detail {c, who}: a colleague writes an answer there
   live.refresh({list: true})           fetch that answer soon; several wishes become one request; anew: after a gap,
                                        when the older pages of the list are not to be trusted either */

import { attention } from "memo/ui/attention";
import { define, MemoElement } from "memo/ui/element";
import { connect } from "memo/ui/socket";

const SOON_MS = 150;
const LAZY_MS = 1_500;
const STALE_AT_MOST = 3;

class Live extends EventTarget {
  socket = null;
  user = "";
  name = "";
  rows = {};
  /** Whether this page shows a list that the answer should bring up to date; set by the list. */
  query = "";
  #url = "";
  #offset = 0;
  #timer = null;
  #due = Infinity;
  #list = false;
  #anew = false;
  #running = false;
  #touched = false;
  #stale = 0;

  start({ user, name, socket, state }) {
    this.user = user;
    this.name = name;
    this.#url = state;
    if (this.socket) return;
    this.socket = connect(socket);
    this.socket.addEventListener("frame", ({ detail }) => this.#heard(detail));
    this.socket.addEventListener("behind", ({ detail }) => this.#behind(detail));
    this.socket.addEventListener("close", ({ detail }) => detail.again || location.reload());
  }

  now() {
    return Date.now() + this.#offset;
  }

  /** Unread numbers from a frame, a page or an answer. */
  know(total, rows, bell) {
    if (typeof total === "number") attention.unread = total;
    if (typeof bell === "number") attention.bell = bell;
    this.rows = rows ?? {};
    this.dispatchEvent(new Event("rows"));
  }

  /** This conversation is being looked at: its row calms down before the server says so. */
  seen(conversation) {
    if (!(conversation in this.rows)) return;
    const { [conversation]: _gone, ...rest } = this.rows;
    this.know(undefined, rest);
  }

  /** The page was made at these versions: "group=7 group=8". What came since is fetched. */
  rendered(versions, behind) {
    for (const pair of versions.split(" ").filter(Boolean)) {
      const at = pair.lastIndexOf("=");
      const group = pair.slice(0, at);
      const version = Number(pair.slice(at + 1));
      if (this.socket.versions.of(group) > version) behind({ group });
      else this.socket.versions.know(group, version);
    }
  }

  refresh({ list = false, lazy = false, anew = false } = {}) {
    this.#list ||= list;
    this.#anew ||= anew;
    const due = performance.now() + (lazy ? LAZY_MS * (0.7 + 0.6 * Math.random()) : SOON_MS);
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#fetch(), due - performance.now());
  }

  /** The list has changed by itself: an answer that is under way knows nothing of that. */
  touch() {
    this.#touched = true;
  }

  /* Rows that are older than what the page shows are fetched anew; after a few times, in a very busy hour, they are taken. */
  #outdated(answer, anew) {
    this.#stale = this.#touched && answer.list !== null && this.#stale < STALE_AT_MOST ? this.#stale + 1 : 0;
    if (!this.#stale) return;
    answer.list = null;
    this.refresh({ list: true, anew });
  }

  async #fetch() {
    this.#timer = null;
    if (this.#running) return this.refresh();
    this.#running = true;
    this.#touched = false;
    const list = this.#list && Boolean(this.query);
    const anew = this.#anew;
    this.#list = this.#anew = false;
    try {
      const query = new URLSearchParams(this.query);
      if (list) query.set("list", "1");
      if (list && anew) query.set("shown", document.querySelectorAll("memo-list .rows > li").length);
      const response = await fetch(`${this.#url}?${query}`, {
        headers: { Accept: "application/json", "X-Memo-Fetch": "1" },
        signal: AbortSignal.timeout(15_000),
      });
      if (response.status === 401) return location.reload();
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      for (const [group, version] of Object.entries(answer.versions)) this.socket.versions.know(group, version);
      this.know(answer.unread, answer.rows, answer.bell);
      this.#outdated(answer, anew);
      this.dispatchEvent(new CustomEvent("state", { detail: { ...answer, anew, query: this.query } }));
    } catch {
      this.#list ||= list;
      this.#anew ||= anew;
      this.refresh({ lazy: true });
    } finally {
      this.#running = false;
    }
  }

  #heard({ k: kind, d: data, ...frame }) {
    if (kind === "hello") {
      this.#offset = frame.now - Date.now();
      for (const gap of this.socket.versions.beat(frame.s)) this.#behind(gap);
    } else if (kind === "unread") {
      this.know(data.unread, data.rows, data.bell);
      this.refresh({ lazy: true });
    } else if (kind === "alert") {
      const { c, sound, flash } = data;
      const here = document.hasFocus() && document.querySelector(`memo-thread[data-c="${c}"], memo-facts[data-side="${c}"]`);
      this.know(data.unread, data.rows, data.bell);
      if (data.cause === "offer") attention.rings = { sound, flash };
      else attention.alert(data.who ? `${data.who}: ${data.text}` : data.text, { sound, flash, here: Boolean(here) });
      this.refresh({ lazy: true });
    } else if (kind === "answering") {
      this.dispatchEvent(new CustomEvent("answering", { detail: data }));
    } else if (kind === "availability" || kind === "rights") {
      this.refresh({ list: true });
    } else if (kind === "draft" || kind === "returned") {
      this.dispatchEvent(new CustomEvent(kind, { detail: { ...frame, data } }));
    } else if (kind === "revoked") {
      location.reload();
    }
  }

  #behind({ group }) {
    if (group.startsWith("member.")) this.dispatchEvent(new Event("gap"));
    if (!group.startsWith("conversation.")) this.refresh({ list: true, anew: true });
  }
}

export const live = new Live();

/** <memo-live user="…" name="…" socket="/ws/agent/" state="/conversations/state/">: on every signed-in page. */
class MemoLive extends MemoElement {
  connected() {
    const { user, name, socket, state } = this.dataset;
    live.start({ user, name, socket, state });
    if (this.dataset.rows) live.know(undefined, JSON.parse(this.dataset.rows));
  }
}

define("memo-live", MemoLive);
