/* What rings at me, on every page: the dark card with its count-down, the sound, the flashing title.
   The card of the request that is open stands in its thread; all others are banners. */

import { visit } from "@hotwired/turbo";
import { fragment } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { attention } from "memo/ui/attention";
import { define, MemoElement } from "memo/ui/element";

/* offer → {c, html}: what rings at me now; page changes keep it. */
const offers = new Map();

function slotOf(conversation) {
  return document.querySelector(`memo-thread[data-c="${CSS.escape(conversation)}"] #thread-ring`);
}

class MemoRings extends MemoElement {
  connected() {
    const { ways } = this.dataset;
    if (ways !== undefined) attention.rings = { sound: ways.includes("sound"), flash: ways.includes("flash") };
    this.on(live.socket, "frame", ({ detail }) => this.#heard(detail));
    this.on(live, "state", ({ detail }) => this.#sync(detail.offers));
    this.on(document, "memo:thread", () => this.#settle());
    this.on(document, "turbo:submit-end", ({ detail }) => detail.success && this.#accepted(detail.formSubmission));
    this.#settle();
  }

  #heard({ k: kind, html, d: data }) {
    if (kind === "offer") this.#begin(data, html);
    else if (kind === "offer_ended") this.#end(data);
  }

  #sync(current) {
    const alive = new Set(current.map(({ offer }) => offer));
    for (const [offer, { c }] of [...offers]) if (!alive.has(offer)) this.#end({ offer, c });
    for (const one of current) this.#begin(one, one.html);
  }

  #begin({ offer, c }, html) {
    if (offers.has(offer)) return;
    offers.set(offer, { c, html });
    this.#settle();
  }

  #end({ offer, c }) {
    offers.delete(offer);
    attention.quiet(`offer-${offer}`);
    for (const card of document.querySelectorAll(`.ring[data-offer="${offer}"]`)) card.remove();
    document.dispatchEvent(new CustomEvent("memo:offer-ended", { detail: { offer, c } }));
  }

  /** Accepted in a banner: the conversation opens. */
  #accepted({ formElement: form }) {
    if (!form.matches(".ring form[action$='/accept/']")) return;
    const { c } = form.closest(".ring").dataset;
    if (slotOf(c)) return;
    const inside = document.querySelector("turbo-frame#conversation");
    visit(`/conversations/${c}/${live.query}`, inside ? { frame: "conversation", action: "advance" } : {});
  }

  /** Every offer has one card, where it belongs; cards that came with the page are remembered. */
  #settle() {
    for (const card of document.querySelectorAll(".ring[data-offer]")) {
      const offer = Number(card.dataset.offer);
      if (!offers.has(offer)) offers.set(offer, { c: card.dataset.c, html: card.outerHTML });
    }
    for (const [offer, { c, html }] of offers) {
      const place = slotOf(c) ?? this;
      const [card, ...others] = document.querySelectorAll(`.ring[data-offer="${offer}"]`);
      for (const other of others) other.remove();
      if (!card) place.append(fragment(html));
      else if (card.parentElement !== place) place.append(card);
      const words = document.querySelector(`.ring[data-offer="${offer}"] b`)?.textContent ?? "";
      attention.ring(`offer-${offer}`, words);
    }
  }
}

define("memo-rings", MemoRings);
