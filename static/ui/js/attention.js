/* Makes somebody look: the green bubble in the menu, the tab's title and icon, a sound from one tab only.

   attention.unread = 7;                      // bubble, "(7) " before the title, dot on the icon, badge of the installed app
   attention.title = "Kim Berg – Memo";       // the page's title without the number, when it changes without a page change
   attention.alert("Kim Berg writes");        // a new message: one sound, the title flashes while nobody looks
   attention.ring("offer-…", "New request");  // an offer: rings every 4 s and flashes until attention.quiet("offer-…")
   attention.sound = attention.flash = false; // what the person prefers */

import { mark } from "memo/ui/favicon";
import { locked } from "memo/ui/locks";
import { audible, play } from "memo/ui/sound";

const FLASH_MS = 1_000;
const RING_EVERY_MS = 4_000;
/* As long as the lock is held, other tabs that hear the same frame stay silent. */
const HOLD_MS = 1_500;
const COUNT = /^\((\d+)\+?\) /;

class Attention {
  sound = true;
  flash = true;
  #unread = 0;
  #plain = document.title.replace(COUNT, "");
  #words = [];
  #rings = new Map();
  #flashing = null;
  #turn = 0;

  constructor() {
    this.#unread = Number(COUNT.exec(document.title)?.[1] ?? 0);
    document.addEventListener("visibilitychange", () => document.hidden || this.#calm());
    // Every page comes with the number that the server knew when it made it; ours is newer.
    document.addEventListener("turbo:load", () => (this.title = document.title.replace(COUNT, "")));
  }

  get unread() {
    return this.#unread;
  }

  set unread(number) {
    this.#unread = Math.max(0, Number(number) || 0);
    this.#show();
  }

  set title(plain) {
    this.#plain = plain;
    this.#show();
  }

  alert(words, kind = "message") {
    this.#beep(kind);
    this.#flash(words);
  }

  ring(id, words) {
    if (this.#rings.has(id)) return;
    this.#rings.set(id, { words, timer: setInterval(() => this.#beep("ring"), RING_EVERY_MS) });
    this.alert(words, "ring");
  }

  quiet(id) {
    const ring = this.#rings.get(id);
    if (!ring) return;
    clearInterval(ring.timer);
    this.#rings.delete(id);
    this.#words = this.#words.filter((words) => words !== ring.words);
    if (!this.#words.length) this.#calm();
  }

  /* The tab that gets the lock makes the sound; one that may not make sounds does not try. */
  #beep(kind) {
    if (!this.sound || !audible()) return;
    const alone = async (lock) => lock && play(kind) && new Promise((resolve) => setTimeout(resolve, HOLD_MS));
    locked("memo-sound", alone, { ifAvailable: true });
  }

  #flash(words) {
    if (!this.flash || !document.hidden) return;
    if (!this.#words.includes(words)) this.#words.push(words);
    this.#flashing ??= setInterval(() => this.#alternate(), FLASH_MS);
    this.#alternate();
  }

  #alternate() {
    const words = this.#words[(this.#turn >> 1) % this.#words.length];
    document.title = this.#turn++ % 2 ? this.#full : `● ${words}`;
  }

  #calm() {
    clearInterval(this.#flashing);
    this.#flashing = null;
    this.#words = [];
    this.#turn = 0;
    this.#show();
  }

  get #full() {
    return this.#unread ? `(${this.#unread}) ${this.#plain}` : this.#plain;
  }

  #show() {
    if (!this.#flashing) document.title = this.#full;
    mark(this.#unread > 0);
    for (const bubble of document.querySelectorAll("memo-unread")) write(bubble, this.#unread);
    if ("setAppBadge" in navigator) navigator.setAppBadge(this.#unread).catch(() => {});
  }
}

function write(bubble, number) {
  if (!number) return bubble.replaceChildren();
  const count = Object.assign(document.createElement("span"), { className: "count new" });
  const word = Object.assign(document.createElement("span"), { className: "vh" });
  word.textContent = ` ${bubble.dataset.word ?? ""}`;
  count.append(number < 1000 ? String(number) : "999+", word);
  bubble.replaceChildren(count);
}

export const attention = new Attention();
