/* The one connection that brings things down. Reconnects for ever; says when it fell behind; never decides what to show.

   const socket = connect("/ws/agent/");          // one per path for the whole visit, page changes included
   socket.addEventListener("frame", ({ detail }) => …)   detail: the frame {"g","v","k",…}
   socket.addEventListener("behind", ({ detail }) => …)  detail: {group, known, version}: fetch that group's state
   socket.addEventListener("open" | "close", …)          close: detail {code, again: whether we try again}
   socket.addEventListener("offline" | "online", …)      said after 5 s without a connection, and when it is back
   socket.keep("thread", {k: "open", c: uuid});   // sent now and after every reconnect, until drop("thread", goodbye)
   socket.send({k: "typing", c: uuid});           // false when there is no connection
*/

import { backoff, CAP_MS } from "memo/ui/backoff";
import { Versions } from "memo/ui/versions";

export const LOGIN_AGAIN = 4401;
export const NO_ACCESS = 4403;
export const RESTARTING = 4412;
export const TOO_MUCH = 4429;

const BEATS_UNTIL_DEAD = 3;
const SAY_OFFLINE_AFTER_MS = 5_000;
const ACK_EVERY = 50;
const ACK_AFTER_MS = 2_000;
const CONNECT_WITHIN_MS = 10_000;

export class MemoSocket extends EventTarget {
  versions = new Versions();
  offline = false;
  /** Seconds between beats: 10, or 2 while something beyond the own group is watched. */
  pace = 10;
  #url;
  #socket = null;
  #attempt = 0;
  #timers = {};
  #kept = new Map();
  #unacknowledged = 0;
  #heard = 0;
  #ended = new AbortController();

  constructor(path) {
    super();
    this.#url = Object.assign(new URL(path, location.href), { protocol: location.protocol.replace("http", "ws") }).href;
    const { signal } = this.#ended;
    window.addEventListener("online", () => this.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.wake(), { signal });
    this.#connect();
  }

  get connected() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (!this.connected) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Say this now and again after every reconnect. */
  keep(name, message) {
    this.#kept.set(name, message);
    this.send(message);
  }

  /** Stop saying it; `goodbye` is sent once when there is a connection. */
  drop(name, goodbye) {
    if (this.#kept.delete(name) && goodbye) this.send(goodbye);
  }

  /** The person or the network is back: do not sit out the wait, and do not trust a connection that has gone quiet. */
  wake() {
    if (this.#timers.retry) {
      this.#attempt = 0;
      this.#connect();
    } else if (this.connected && Date.now() - this.#heard > this.pace * 1500) {
      this.#gone(1006);
    }
  }

  /** For good: no further attempts. */
  end() {
    this.#ended.abort();
    this.#clear();
    this.#socket?.close();
    this.#socket = null;
  }

  #connect() {
    this.#clear("retry");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#unacknowledged = 0;
    const mine = (handle) => (event) => socket === this.#socket && handle(event);
    socket.addEventListener("open", mine(() => this.#opened()));
    socket.addEventListener("message", mine((event) => this.#arrived(event.data)));
    socket.addEventListener("close", mine((event) => this.#gone(event.code)));
    this.#timer("dead", () => this.#gone(1006), CONNECT_WITHIN_MS);
    if (!this.offline) this.#timers.offline ??= setTimeout(() => this.#say(true), SAY_OFFLINE_AFTER_MS);
  }

  #opened() {
    this.#clear("offline");
    this.#listen();
    for (const message of this.#kept.values()) this.send(message);
    this.#say(false);
    this.#emit("open");
  }

  #arrived(text) {
    this.#attempt = 0;
    this.#listen();
    this.#acknowledge();
    const frame = JSON.parse(text);
    if (frame.k === "beat") {
      for (const gap of this.versions.beat(frame.s)) this.#emit("behind", gap);
      return;
    }
    if (typeof frame.v !== "number") return this.#emit("frame", frame);
    const known = this.versions.of(frame.g);
    const verdict = this.versions.frame(frame.g, frame.v);
    if (verdict === "next" || verdict === "first") this.#emit("frame", frame);
    if (verdict === "gap" || verdict === "first") {
      this.#emit("behind", { group: frame.g, known: known ?? null, version: frame.v });
    }
  }

  /** Something was heard: dead only after three beats of silence. */
  #listen() {
    this.#heard = Date.now();
    this.#timer("dead", () => this.#gone(1006), this.pace * BEATS_UNTIL_DEAD * 1000);
  }

  /** The server bounds what we have not confirmed; a reader that never confirms is closed. */
  #acknowledge() {
    this.#unacknowledged += 1;
    if (this.#unacknowledged >= ACK_EVERY) this.#confirm();
    else this.#timers.ack ??= setTimeout(() => this.#confirm(), ACK_AFTER_MS);
  }

  #confirm() {
    this.#clear("ack");
    if (this.send({ k: "ack", n: this.#unacknowledged })) this.#unacknowledged = 0;
  }

  #gone(code) {
    const socket = this.#socket;
    this.#socket = null;
    this.#clear("dead", "ack");
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close();
    const again = code !== LOGIN_AGAIN && code !== NO_ACCESS;
    if (again) this.#retry(code);
    else this.#clear();
    this.#emit("close", { code, again });
  }

  #retry(code) {
    const wait = code === TOO_MUCH ? CAP_MS * (0.5 + Math.random() / 2) : backoff(this.#attempt++);
    this.#timer("retry", () => this.#connect(), wait);
    if (!this.offline) this.#timers.offline ??= setTimeout(() => this.#say(true), SAY_OFFLINE_AFTER_MS);
  }

  #say(offline) {
    if (offline === this.offline) return;
    this.offline = offline;
    this.#emit(offline ? "offline" : "online");
  }

  #timer(name, job, ms) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(job, ms);
  }

  #clear(...names) {
    for (const name of names.length ? names : Object.keys(this.#timers)) {
      clearTimeout(this.#timers[name]);
      delete this.#timers[name];
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const open = new Map();

/** The socket of this path; the first call opens it, page changes keep it. */
export function connect(path) {
  if (!open.has(path)) open.set(path, new MemoSocket(path));
  return open.get(path);
}
