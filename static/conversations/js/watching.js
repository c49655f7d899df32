/* Who else is here: colleagues who look at this thread, and whoever is writing. Said quietly at its foot. */

import { mark } from "memo/conversations/answering";
import { live } from "memo/conversations/live";

const SAY_EVERY_MS = 10_000;
const TYPING_MS = 5_000;
const VIEWING_MS = 15_000;

export class Watching {
  #thread;
  #people = new Map();
  #timer = null;
  #marked = false;
  #ended = new AbortController();

  constructor(thread) {
    this.#thread = thread;
    const { signal } = this.#ended;
    live.socket.addEventListener("frame", ({ detail }) => this.#heard(detail), { signal });
    const saying = setInterval(() => this.#say(), SAY_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(saying));
  }

  stop() {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  /** A message of this person has arrived: they do not type any more. */
  wrote(author) {
    for (const [key, one] of this.#people) if (one.author === author && one.kind !== "viewing") this.#people.delete(key);
    this.#show();
  }

  #say() {
    if (!document.hidden) live.socket.send({ k: "viewing", c: this.#thread.c });
  }

  #heard({ k: kind, d: data }) {
    if ((kind !== "typing" && kind !== "viewing") || data?.c !== this.#thread.c || data.who.id === live.user) return;
    const author = `${data.who.kind}:${data.who.id}`;
    const key = `${kind} ${author}`;
    if (data.gone || data.text === "") this.#people.delete(key);
    else {
      const until = Date.now() + (kind === "typing" ? TYPING_MS : VIEWING_MS);
      const what = kind === "typing" && data.side ? "typingInternally" : kind;
      this.#people.set(key, { author, kind: what, name: data.who.name, text: data.text, until });
    }
    this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    const now = Date.now();
    for (const [key, { until }] of this.#people) if (until <= now) this.#people.delete(key);
    const people = [...this.#people.values()];
    const typing = people.filter(({ kind }) => kind !== "viewing");
    const shown = typing.length ? typing : people;
    const names = new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" });
    const same = shown.filter(({ kind }) => kind === shown[0].kind).map(({ name }) => name);
    const words = same.length ? this.#thread.words[same.length > 1 ? `${shown[0].kind}Many` : shown[0].kind] : "";
    const text = words.replace("{who}", names.format(same));
    const foot = this.#thread.querySelector("[data-foot]");
    if (foot.textContent !== text) foot.textContent = text;
    this.#thread.querySelector("[data-dots]").hidden = !typing.length;
    this.#row(typing.find(({ kind }) => kind === "typing"));
    this.#text(typing.map((one) => one.text).find(Boolean) ?? "");
    if (people.length) this.#timer = setTimeout(() => this.#show(), Math.min(...people.map(({ until }) => until)) - now + 50);
  }

  #row(typing) {
    const colleague = typing?.author.startsWith("user:") && !this.#thread.asked;
    const words = colleague ? document.querySelector("memo-live").dataset.answering.replace("{who}", typing.name) : "";
    if (typing || this.#marked) mark(this.#thread.c, words, typing ? TYPING_MS : 0);
    this.#marked = Boolean(typing);
  }

  /* What the visitor has written so far, where the company wants to see that. */
  #text(text) {
    const box = this.#thread.querySelector("[data-typed]");
    if (!box) return;
    box.hidden = !text;
    if (box.textContent !== text) box.textContent = text;
  }
}
