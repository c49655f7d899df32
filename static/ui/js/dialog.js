/* <memo-dialog><button data-open>…</button><dialog class="dialog">… <button data-close>…</button></dialog></memo-dialog>
   The browser keeps the focus inside and gives it back; here are only opening, closing and the click beside it. */

import { define, MemoElement } from "memo/ui/element";

export class MemoDialog extends MemoElement {
  connected() {
    this.on(this, "click", (event) => this.#clicked(event));
    this.on(this, "turbo:submit-end", (event) => event.detail.success && this.close());
    if (this.hasAttribute("open")) this.show();
  }

  get dialog() {
    return this.querySelector("dialog");
  }

  show() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.dialog?.close();
  }

  #clicked(event) {
    const { target } = event;
    if (target.closest("[data-open]")) {
      event.preventDefault();
      this.show();
    } else if (target.closest("[data-close]") || beside(this.dialog, event)) {
      this.close();
    }
  }
}

/** Whether a click landed on the backdrop. */
export function beside(dialog, event) {
  if (event.target !== dialog) return false;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  // A button pressed by keyboard reports 0,0 and is never the dialog itself, so this is a real click.
  return !inside;
}

define("memo-dialog", MemoDialog);
