/* <memo-week>: opening hours. Days that are closed hide their times; buttons add and remove further hours of a day. */

import { define, MemoElement } from "memo/ui/element";

export class MemoWeek extends MemoElement {
  connected() {
    this.querySelectorAll("[data-add], [data-drop]").forEach((button) => (button.hidden = false));
    this.on(this, "click", (event) => this.#click(event));
    this.on(this, "change", (event) => this.#change(event));
  }

  #click({ target }) {
    const add = target.closest("[data-add]");
    const drop = target.closest("[data-drop]");
    if (add) this.#add(add.closest("[data-day]"));
    if (drop) this.#drop(drop.closest(".slot"));
  }

  #add(day) {
    const slots = day.querySelectorAll(".slot");
    const fresh = slots[0].cloneNode(true);
    fresh.querySelectorAll("input").forEach((input) => {
      input.value = "";
      input.removeAttribute("aria-invalid");
    });
    [...slots].at(-1).after(fresh);
    day.querySelector(".switch").checked = true;
    fresh.querySelector("input").focus();
  }

  /** The last hours of a day are not removed: the day is closed. */
  #drop(slot) {
    const day = slot.closest("[data-day]");
    if (day.querySelectorAll(".slot").length > 1) slot.remove();
    else day.querySelector(".switch").checked = false;
    day.querySelector(".switch").focus();
  }

  #change({ target }) {
    if (target.matches(".switch, .slot input")) this.querySelector("[name=hours][value=slots]").checked = true;
  }
}

define("memo-week", MemoWeek);
