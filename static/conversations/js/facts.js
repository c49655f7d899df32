/* <memo-facts data-side data-read data-status>: what scripts must know of the thread's state, as an element of the page. */

import { define, MemoElement } from "memo/ui/element";

/** When it changes, the thread hears of it. */
class MemoFacts extends MemoElement {
  static observedAttributes = ["data-side", "data-read", "data-mailed", "data-status"];

  attributeChangedCallback(_name, old, value) {
    if (old !== null && old !== value) this.dispatchEvent(new Event("memo:facts", { bubbles: true }));
  }
}

define("memo-facts", MemoFacts);
