/* <memo-countdown expires="…" seconds="120"><svg>…</svg><span data-left></span></memo-countdown>: by the server's clock. */

import { live } from "memo/conversations/live";
import { define, MemoElement } from "memo/ui/element";

const shown = new Set();
let timer = null;

function tick() {
  for (const element of shown) element.write();
  timer = shown.size ? setTimeout(tick, 1_000 - (live.now() % 1_000)) : null;
}

class MemoCountdown extends MemoElement {
  static observedAttributes = ["expires"];

  connected() {
    shown.add(this);
    this.write();
    timer ??= setTimeout(tick, 1_000 - (live.now() % 1_000));
  }

  gone() {
    shown.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.write();
  }

  write() {
    const left = Math.max(0, Math.ceil((Date.parse(this.getAttribute("expires")) - live.now()) / 1_000));
    const circle = this.querySelector("circle:last-of-type");
    const text = left < 60 && circle ? String(left) : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    const words = this.querySelector("[data-left]");
    if (words && words.textContent !== text) words.textContent = text;
    this.toggleAttribute("data-long", text.length > 3);
    const whole = Number(this.getAttribute("seconds"));
    if (circle && whole) circle.setAttribute("stroke-dashoffset", String(100 - Math.min(100, (left / whole) * 100)));
  }
}

define("memo-countdown", MemoCountdown);
