/* What is new, at once: a websocket by one-use ticket; where none can be opened, long polls. Tries for ever, with full
   jitter. Says "frame" for what is to be shown and "behind" when the state has to be fetched. */

import { backoff } from "memo/ui/backoff";
import { Versions } from "memo/ui/versions";
import { session } from "memo/widget/session";

const ACK_AFTER_MS = 1_500;
const SILENCE_MS = { idle: 30_000, busy: 8_000 };
const FAILURES_UNTIL_POLL = 2;
const POLLS_UNTIL_SOCKET = 4;

class Live extends EventTarget {
  up = false;
  #versions = new Versions();
  #socket = null;
  #run = null;
  #wake = null;
  #unacknowledged = 0;
  #busy = false;
  #known = "";

  /** Begin, once there is a visitor; harmless when already begun. */
  async start() {
    if (this.#run) return this.#wake?.();
    const run = (this.#run = {});
    for (let attempt = 0, failures = 0; run === this.#run; ) {
      const began = Date.now();
      const opened = failures < FAILURES_UNTIL_POLL ? await this.#connect() : await this.#poll();
      failures = opened ? 0 : failures + 1;
      attempt = opened && Date.now() - began > 5_000 ? 0 : attempt + 1;
      if (run !== this.#run) return;
      this.#says(false);
      await this.#pause(backoff(attempt));
    }
  }

  stop() {
    this.#run = null;
    this.#says(false);
    this.#socket?.close();
    this.#wake?.();
    this.#versions = new Versions();
    this.#known = "";
  }

  /** The network or the person is back: do not sit out the wait. */
  wake() {
    this.#wake?.();
  }

  /** A thread is looked at: the server's beats come faster. */
  busy(on) {
    this.#busy = on;
    this.#send({ k: "open", on });
  }

  /** Tell the team that we write; `text` only where the widget says that the team sees it. False without a socket. */
  typing(conversation, text) {
    return this.#send({ k: "typing", c: conversation, text });
  }

  /** Tell the team which page we are on, where the widget says that they see it. */
  page(conversation, { url, title }) {
    if (conversation) this.#send({ k: "page", c: conversation, url, title });
  }

  #send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** One connection from ticket to end; resolves to whether it ever worked. */
  async #connect() {
    let ticket;
    try {
      const answer = await session.call("POST", "ticket/");
      ticket = answer.ticket;
      if (answer.kept) session.isKept();
    } catch (refusal) {
      if (refusal.status === 401) this.#run = null;
      return false;
    }
    if (!this.#run) return false;
    const address = new URL(`/ws/visitor/?ticket=${ticket}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(address));
    return new Promise((resolve) => {
      let timer, worked = false;
      const listen = () => {
        clearTimeout(timer);
        timer = setTimeout(end, this.#busy ? SILENCE_MS.busy : SILENCE_MS.idle);
      };
      const end = () => {
        clearTimeout(timer);
        socket.onclose = socket.onmessage = null;
        socket.close();
        if (this.#socket === socket) this.#socket = null;
        resolve(worked);
      };
      socket.onclose = end;
      socket.onopen = () => {
        worked = true;
        this.#unacknowledged = 0;
        if (this.#busy) this.busy(true);
        this.#says(true);
      };
      socket.onmessage = ({ data }) => {
        listen();
        this.#acknowledge();
        this.#arrived(JSON.parse(data));
      };
      listen();
    });
  }

  /** Long polls for a while, then another try with a socket; resolves to true when it was of use. */
  async #poll() {
    for (let turn = 0; turn < POLLS_UNTIL_SOCKET && this.#run; turn++) {
      try {
        const { known, s, frames } = await session.call("GET", `poll/?known=${this.#known}`);
        this.#known = known;
        this.#says(true);
        frames.forEach((frame) => this.#arrived(frame));
        this.#arrived({ k: "beat", s });
      } catch {
        return false;
      }
    }
    return true;
  }

  #arrived(frame) {
    if (frame.k === "beat") return this.#versions.beat(frame.s).forEach((gap) => this.#emit("behind", gap));
    if (frame.k === "revoked") return this.#emit("revoked");
    if (typeof frame.v !== "number") return frame.d && this.#emit("frame", frame);
    const verdict = this.#versions.frame(frame.g, frame.v);
    if (verdict === "next" || verdict === "first") this.#emit("frame", frame);
    if (verdict === "gap" || verdict === "first") this.#emit("behind", { group: frame.g });
  }

  /** The server bounds what we have not confirmed. */
  #acknowledge() {
    this.#unacknowledged += 1;
    if (this.#unacknowledged > 1) return;
    setTimeout(() => {
      if (this.#send({ k: "ack", n: this.#unacknowledged })) this.#unacknowledged = 0;
    }, ACK_AFTER_MS);
  }

  #pause(ms) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  #says(up) {
    if (up === this.up) return;
    this.up = up;
    this.#emit(up ? "up" : "down");
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const live = new Live();
addEventListener("online", () => live.wake());
document.addEventListener("visibilitychange", () => document.hidden || live.wake());
