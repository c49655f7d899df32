/* <memo-longest-wait>: people × time × rounds, worked out while one types. Durations as the server writes them. */

import { define, MemoElement } from "memo/ui/element";

/** “20 s”, “2 min”, “1 h 30 min”. */
export function duration(seconds) {
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ];
  return parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(" ") || "0 s";
}

export class MemoLongestWait extends MemoElement {
  connected() {
    this.on(this, "input", () => this.#show());
  }

  #show() {
    const value = (name) => Number(this.querySelector(`[name=${name}]`).value) || 0;
    const each = value("escalate_value") * value("escalate_unit");
    const people = Math.max(Number(document.querySelectorAll("memo-line [data-member]").length), 1);
    const rounds = value("max_rounds");
    this.querySelector("[data-total]").textContent = duration(people * each * rounds);
    const sum = this.querySelector("[data-sum]");
    const put = { people, time: duration(each), rounds };
    sum.textContent = sum.dataset.text.replace(/\{(\w+)\}/g, (_, name) => put[name]);
  }
}

define("memo-longest-wait", MemoLongestWait);
