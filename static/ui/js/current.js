/* <memo-current of="frame">: of its links the one whose page that frame shows is marked; the page is called like it. */

import { define, MemoElement } from "memo/ui/element";

class MemoCurrent extends MemoElement {
  connected() {
    this.on(document, "turbo:frame-load", ({ target }) => target.id === this.getAttribute("of") && this.#mark(target));
  }

  #mark(frame) {
    const shown = new URL(frame.src).pathname;
    const heading = frame.querySelector("[data-heading]");
    if (heading) document.title = `${heading.textContent} – Memo`;
    for (const link of this.querySelectorAll("a")) {
      if (link.pathname === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

define("memo-current", MemoCurrent);
