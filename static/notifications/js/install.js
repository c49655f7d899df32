/* <memo-install hidden><button>: shown when the browser offers to install Memo as an app. */

import { define, MemoElement } from "memo/ui/element";

let offer = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  for (const one of document.querySelectorAll("memo-install")) one.hidden = false;
});
addEventListener("appinstalled", () => {
  offer = null;
  for (const one of document.querySelectorAll("memo-install")) one.hidden = true;
});

class MemoInstall extends MemoElement {
  connected() {
    this.hidden = !offer;
    this.on(this.querySelector("button"), "click", async () => {
      await offer?.prompt();
      offer = null;
      this.hidden = true;
    });
  }
}

define("memo-install", MemoInstall);
