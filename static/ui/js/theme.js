/* <memo-theme> around a form with radios named "theme": the choice shows at once and is stored by the form's address. */

import { define, MemoElement } from "memo/ui/element";

/** system, light or dark for this page. */
export function show(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export class MemoTheme extends MemoElement {
  connected() {
    this.on(this, "change", ({ target }) => {
      if (target.name !== "theme") return;
      show(target.value);
      const form = target.form;
      fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } }).catch(() => {});
    });
  }
}

define("memo-theme", MemoTheme);
