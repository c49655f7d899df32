/* <memo-here data-c="…" hidden>: the page of the website that the visitor is on now, where the company wants that. */

import { live } from "memo/conversations/live";
import { define, MemoElement } from "memo/ui/element";

const FRESH_MS = 45_000;
/* conversation → {url, title, until}: the details are rendered anew now and then, the visitor stays where they are. */
const places = new Map();

class MemoHere extends MemoElement {
  #timer = null;

  connected() {
    this.on(live.socket, "frame", ({ detail: { k: kind, d: data } }) => {
      if (kind !== "page" || data.c !== this.dataset.c) return;
      places.set(data.c, { url: data.url, title: data.title, until: Date.now() + FRESH_MS });
      this.#show();
    });
    this.#show();
  }

  gone() {
    clearTimeout(this.#timer);
  }

  #show() {
    clearTimeout(this.#timer);
    const place = places.get(this.dataset.c);
    const left = (place?.until ?? 0) - Date.now();
    this.hidden = left <= 0 || !/^https?:\/\//.test(place.url);
    if (this.hidden) return void places.delete(this.dataset.c);
    const link = this.querySelector("a");
    link.href = place.url;
    link.textContent = place.title || place.url;
    this.#timer = setTimeout(() => this.#show(), left + 50);
  }
}

define("memo-here", MemoHere);
