/* <memo-menu><button popovertarget="x">…</button><div class="pop" id="x" popover>…</div></memo-menu>
   The browser opens and closes it; here are its place beside the button and the arrow keys. In a form whose first button
   is disabled Enter sends nothing: it goes from a text field on to the items. */

import { define, MemoElement } from "memo/ui/element";

const GAP = 4;

/** Where a box of this size goes beside the opener, kept inside the window. All in px, from the window's top left. */
export function place(opener, box, view, rtl = false) {
  const below = opener.bottom + GAP;
  const above = opener.top - GAP - box.height;
  const top = below + box.height <= view.height || above < GAP ? below : above;
  const start = rtl ? opener.right - box.width : opener.left;
  const end = rtl ? opener.left : opener.right - box.width;
  const fits = (left) => left >= GAP && left + box.width <= view.width - GAP;
  const left = fits(start) ? start : fits(end) ? end : start;
  const inside = (value, size, room) => Math.max(GAP, Math.min(value, room - size - GAP));
  return { left: inside(left, box.width, view.width), top: inside(top, box.height, view.height) };
}

export class MemoMenu extends MemoElement {
  #sizes = new ResizeObserver(() => this.#place()); // what is fetched while it is open makes it larger

  connected() {
    const { pop, opener } = this;
    if (!pop || !opener) return;
    opener.setAttribute("aria-expanded", "false");
    this.on(pop, "toggle", ({ newState }) => this.#toggled(newState === "open"));
    this.on(opener, "keydown", (event) => this.#opens(event));
    this.on(pop, "keydown", (event) => this.#moves(event));
    this.on(window, "resize", () => pop.matches(":popover-open") && pop.hidePopover());
    this.on(pop, "turbo:submit-end", () => pop.matches(":popover-open") && pop.hidePopover());
    this.on(document, "turbo:before-cache", () => pop.matches(":popover-open") && pop.hidePopover());
  }

  get pop() {
    return this.querySelector("[popover]");
  }

  get opener() {
    return this.querySelector("[popovertarget]");
  }

  get items() {
    return [...this.pop.querySelectorAll(".item:not([disabled]), input:checked")];
  }

  gone() {
    this.#sizes.disconnect();
  }

  #toggled(open) {
    const { pop, opener } = this;
    opener.setAttribute("aria-expanded", String(open));
    if (open) this.#sizes.observe(pop);
    else this.#sizes.disconnect();
    if (open) this.#place();
  }

  #place() {
    const { pop, opener } = this;
    const view = { width: window.innerWidth, height: window.innerHeight };
    const rtl = getComputedStyle(this).direction === "rtl";
    Object.assign(pop.style, { left: "0", top: "0" }); // as wide as it wants to be, not as the edge let it
    const at = place(opener.getBoundingClientRect(), pop.getBoundingClientRect(), view, rtl);
    pop.style.left = `${at.left}px`;
    pop.style.top = `${at.top}px`;
  }

  #opens(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.pop.showPopover();
    this.items.at(event.key === "ArrowDown" ? 0 : -1)?.focus();
  }

  #moves(event) {
    const { items } = this;
    if (event.target.matches("input:not([type=checkbox], [type=radio])")) return this.#leaves(event, items); // its arrow keys are its own
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Home" || event.key === "End") {
      items.at(event.key === "Home" ? 0 : -1)?.focus();
    } else if (step && document.activeElement?.type !== "radio") {
      items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  #leaves(event, items) {
    const { form } = event.target;
    if (event.key !== "Enter" || event.isComposing || !form?.querySelector("button")?.disabled) return;
    event.preventDefault();
    items.find((item) => form.contains(item))?.focus();
  }
}

define("memo-menu", MemoMenu);
