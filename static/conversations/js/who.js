/* <memo-who user="…" you="You">Ben Fuchs</memo-who>: one rendering serves all; one's own name reads “You”. */

import { live } from "memo/conversations/live";
import { define, MemoElement } from "memo/ui/element";

class MemoWho extends MemoElement {
  static observedAttributes = ["user", "name"];

  connected() {
    this.write();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.write();
  }

  write() {
    const { user, name } = live;
    const mine = user && (this.getAttribute("user") === user || (this.hasAttribute("name") && this.getAttribute("name") === name));
    if (mine) this.textContent = this.getAttribute("you");
  }
}

define("memo-who", MemoWho);
