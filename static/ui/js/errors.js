/* <memo-errors>: what is wrong with a form gets the focus, so that nobody has to look for it. */

import { define, MemoElement } from "memo/ui/element";

export class MemoErrors extends MemoElement {
  connected() {
    this.firstElementChild?.focus();
    this.on(this, "click", (event) => {
      const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
      if (!field) return;
      event.preventDefault();
      field.focus();
    });
  }
}

define("memo-errors", MemoErrors);
