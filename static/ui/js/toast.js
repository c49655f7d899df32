/* Short messages at the edge of the page: <memo-toast kind="bad">text</memo-toast> or toast("text", {…}).
   `stay`: until it is replaced. The others stay at least 6 s, or 12 s when they offer something; they wait while one points at them, holds the focus or looks elsewhere; bad ones stay until closed. */

import { define, MemoElement } from "memo/ui/element";

const STAY_MS = 6_000;
const OFFER_MS = 12_000;
const STAY_MS_PER_CHARACTER = 50;
const STEP_MS = 250;
const AT_MOST = 4;

export class MemoToast extends MemoElement {
  /** {label, run}: one thing to do about it. */
  action = null;

  connected() {
    const stack = document.getElementById("toasts");
    if (stack && this.parentElement !== stack) {
      stack.append(this); // comes back here, connected in its place
      return;
    }
    if (!this.querySelector(".toast")) this.#build();
    this.on(this, "click", ({ target }) => target.closest(".bye") && this.remove());
    this.on(this, "turbo:submit-end", () => this.remove());
    while (stack?.childElementCount > AT_MOST) stack.firstElementChild.remove();
    this.on(this, "keydown", (event) => event.key === "Escape" && this.remove());
    if (this.getAttribute("kind") !== "bad" && !this.hasAttribute("stay")) this.#countDown();
  }

  #build() {
    const text = this.textContent;
    const content = document.getElementById("toast-template").content.cloneNode(true);
    const box = content.firstElementChild;
    box.classList.toggle("bad", this.getAttribute("kind") === "bad");
    box.querySelector("[data-text]").textContent = text;
    const bye = box.querySelector(".bye");
    if (this.action) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.action.label });
      button.addEventListener("click", () => {
        this.remove();
        this.action.run();
      });
      bye.before(button);
    }
    this.replaceChildren(content);
  }

  #countDown() {
    let left = (this.querySelector("button:not(.bye), form") ? OFFER_MS : STAY_MS) + STAY_MS_PER_CHARACTER * this.textContent.length;
    const timer = setInterval(() => {
      if (document.hidden || this.matches(":hover, :focus-within") || this.querySelector(":hover")) return;
      left -= STEP_MS;
      if (left <= 0) this.remove();
    }, STEP_MS);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }
}

define("memo-toast", MemoToast);

/* The same toast once more: older words (a lower data-step: an answer that a frame has overtaken) change nothing, and
   who stood on its button stands there again. */
document.addEventListener("turbo:before-stream-render", (event) => {
  const { target, detail } = event;
  const fresh = target.getAttribute("target") === "toasts" && target.templateContent.firstElementChild;
  const old = fresh && fresh.id && document.getElementById(fresh.id);
  if (!old) return;
  if (Number(fresh.dataset.step) < Number(old.dataset.step)) return event.preventDefault();
  if (!old.contains(document.activeElement)) return;
  const { render } = detail;
  detail.render = async (stream) => {
    await render(stream);
    const again = document.getElementById(fresh.id);
    if (!again?.contains(document.activeElement)) again?.querySelector("button, a")?.focus();
  };
});

/** Shows a message. `kind`: "" or "bad". `action`: {label, run}. Returns the element; remove() takes it away. */
export function toast(text, { kind = "", action = null } = {}) {
  const element = document.createElement("memo-toast");
  if (kind) element.setAttribute("kind", kind);
  element.textContent = text;
  element.action = action;
  document.getElementById("toasts").append(element);
  return element;
}
