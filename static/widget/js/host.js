/* The page around us, by a private port to our loader in it. We say hello to the sites of the widget's list only, and
   believe nobody but our parent with an address of that list. */

import { boot } from "memo/widget/boot";

const ASK_AGAIN_MS = 1_000;

class Host extends EventTarget {
  /** What the page passed to memo("boot"): jwt, user, hash, name, email, theme, privacy, storage … */
  options = {};
  /** What the page's storage keeps for us: token, draft, o:<id> for every message not sent yet. */
  kept = {};
  /** The page now: {url, title, here: visible and focused, full: the panel fills the screen, open, size}. */
  here = {};
  #port = null;
  #early = [];

  /** Resolves when the loader has answered. */
  connect() {
    return new Promise((resolve) => {
      const timer = setInterval(() => this.#hello(), ASK_AGAIN_MS);
      addEventListener("message", (event) => {
        const [kind, welcome, here] = Array.isArray(event.data) ? event.data : [];
        if (event.source !== parent || !boot.origins.includes(event.origin)) return;
        if (kind !== "memo:welcome" || !event.ports[0]) return;
        clearInterval(timer);
        [this.options, this.kept] = welcome;
        this.here = here;
        this.#port = event.ports[0];
        this.#port.onmessage = ({ data }) => this.#heard(...data);
        resolve();
        this.#emit("welcome");
      });
      this.#hello();
    });
  }

  /** Read again what the page's storage keeps: another tab may have changed it. */
  refresh() {
    const answer = new Promise((resolve) => this.addEventListener("welcome", resolve, { once: true }));
    this.#hello();
    return answer;
  }

  #hello() {
    const likely = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
    const sites = boot.origins.includes(likely) ? [likely] : boot.origins;
    for (const site of sites) parent.postMessage("memo:hello", site);
  }

  #heard(kind, value, here) {
    this.here = here;
    if (kind === "update") this.options = value;
    // At once, whatever is still being done: nothing of the person who left stays.
    if (kind === "shutdown") [this.options, this.kept] = [{}, {}];
    this.#early?.push([kind, value]);
    this.#emit(kind, value);
  }

  /** Hear again what the page said before anybody listened. */
  replay() {
    const early = this.#early;
    this.#early = null;
    for (const [kind, value] of early) this.#emit(kind, value);
  }

  #emit(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  on(kind, listener) {
    this.addEventListener(kind, ({ detail }) => listener(detail));
  }

  tell(kind, value) {
    this.#port?.postMessage([kind, value]);
  }

  /** An event for the page's own listeners: memo("on", name, …). */
  emit(name, data) {
    this.tell("emit", [name, data]);
  }

  /** Keep something across reloads in the page's storage, unless its owner does not want that; null forgets. */
  keep(name, value) {
    if (value === null) delete this.kept[name];
    else this.kept[name] = value;
    if (this.options.storage !== "off") this.tell("put", [name, value ?? undefined]);
  }

  /** Whether the page is visible and focused at this moment, as the page itself sees it. */
  async isHere() {
    if (document.hidden || !this.here.open) return false;
    if (document.hasFocus()) return true;
    const answer = new Promise((resolve) => this.addEventListener("here", resolve, { once: true }));
    this.tell("here");
    await answer;
    return this.here.here && this.here.open;
  }
}

export const host = new Host();
