/* <memo-copy>: a button with data-copy puts the text of the element with data-source on the clipboard and says so. */

import { define, MemoElement } from "memo/ui/element";

const SHOWN_MS = 2000;

export class MemoCopy extends MemoElement {
  connected() {
    const button = this.querySelector("[data-copy]");
    const words = button?.querySelector("span");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    const before = words.textContent;
    this.on(button, "click", async () => {
      await navigator.clipboard.writeText(this.querySelector("[data-source]").textContent.trim());
      words.textContent = button.dataset.done;
      setTimeout(() => (words.textContent = before), SHOWN_MS);
    });
  }
}

define("memo-copy", MemoCopy);
