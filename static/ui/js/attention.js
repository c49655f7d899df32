/* Makes somebody look: the green bubble in the menu, the tab's title and icon, a sound from one tab only.

   attention.unread = 7;                      // bubble, "(7) " before the title, dot on the icon, badge of the installed app
   attention.title = "Kim Berg – Memo";       // the page's title without the number, when it changes without a page change
   attention.bell = 2;                        // the number of the bell
   attention.alert("Kim writes", {sound, flash, here}); // one sound, the title flashes while nobody looks; here: no sound,
                                              // in no tab, for somebody reads it in this one
   attention.ring("offer-…", "New request");  // an offer: rings every 4 s and flashes until attention.quiet("offer-…")
   attention.rings = {sound, flash};          // how offers may ring */

import { mark } from "memo/ui/favicon";
import { locked } from "memo/ui/locks";
import { audible, play } from "memo/ui/sound";

const FLASH_MS = 1_000;
const RING_EVERY_MS = 4_000;
/* As long as the lock is held, other tabs that hear the same frame stay silent. */
const HOLD_MS = 1_500;
/* Tabs that nobody looks at leave the one in which somebody does so much time to be first. */
const AFTER_YOU_MS = 200;
const COUNT = /^\((\d+)\+?\) /;

class Attention {
  rings = { sound: true, flash: true };
  #unread = 0;
  #bell = 0;
  #plain = document.title.replace(COUNT, "");
  #words = [];
  #rings = new Map();
  #flashing = null;
  #turn = 0;

  constructor() {
    this.#unread = Number(COUNT.exec(document.title)?.[1] ?? 0);
    this.#bell = parseInt(document.querySelector("memo-unread[data-of]")?.textContent ?? 0) || 0;
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

  set bell(number) {
    this.#bell = Number(number) || 0;
    this.#show();
  }

  set title(plain) {
    this.#plain = plain;
    this.#show();
  }

  alert(words, { sound = true, flash = true, here = false } = {}) {
    if (sound) this.#beep("message", here);
    if (flash) this.#flash(words);
  }

  ring(id, words) {
    if (this.#rings.has(id)) return;
    const beep = () => this.rings.sound && this.#beep("ring");
    this.#rings.set(id, { words, timer: setInterval(beep, RING_EVERY_MS) });
    beep();
    if (this.rings.flash) this.#flash(words);
  }

  quiet(id) {
    const ring = this.#rings.get(id);
    if (!ring) return;
    clearInterval(ring.timer);
    this.#rings.delete(id);
    this.#words = this.#words.filter((words) => words !== ring.words);
    if (!this.#words.length) this.#calm();
  }

  /* The tab that gets the lock makes the sound, or keeps the others silent; one that may not make sounds does not try. */
  #beep(kind, silent = false) {
    if (!silent && !audible()) return;
    const hold = () => new Promise((resolve) => setTimeout(resolve, HOLD_MS));
    const alone = async (lock) => lock && (silent || play(kind)) && hold();
    const go = () => locked("memo-sound", alone, { ifAvailable: true });
    if (silent || document.hasFocus()) go();
    else setTimeout(go, AFTER_YOU_MS);
  }

  #flash(words) {
    if (!document.hidden) return;
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
    for (const bubble of document.querySelectorAll("memo-unread")) write(bubble, bubble.dataset.of ? this.#bell : this.#unread);
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

/* The bell is a link; its panel is fetched with the first click. */
document.addEventListener("click", (event) => {
  const bell = event.target.closest?.("[data-bell]");
  if (!bell || event.metaKey || event.ctrlKey || event.shiftKey || innerWidth < 600) return;
  event.preventDefault();
  import("memo/notifications/bell").then(({ toggle }) => toggle(bell), () => (location.href = bell.href));
});

export const attention = new Attention();
