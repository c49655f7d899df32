/* <memo-line>: the order of a list by dragging the grips or by the arrow keys on them; every change is stored at once. */

import { define, MemoElement } from "memo/ui/element";

export class MemoLine extends MemoElement {
  #held = null;
  #before = "";

  connected() {
    this.on(this, "pointerdown", (event) => this.#take(event));
    this.on(this, "pointermove", (event) => this.#drag(event));
    this.on(this, "pointerup", () => this.#drop());
    this.on(this, "pointercancel", () => this.#drop());
    this.on(this, "keydown", (event) => this.#step(event));
    const focus = sessionStorage.getItem("memo-line");
    sessionStorage.removeItem("memo-line");
    if (focus) this.querySelector(`[data-member="${CSS.escape(focus)}"] .grip`)?.focus();
  }

  get rows() {
    return [...this.querySelectorAll("[data-member]")];
  }

  get order() {
    return this.rows.map((row) => row.dataset.member).join();
  }

  #take(event) {
    const grip = event.target.closest(".grip");
    if (!grip || event.button) return;
    this.#held = grip.closest("[data-member]");
    this.#before = this.order;
    grip.setPointerCapture(event.pointerId);
    this.#held.classList.add("lift");
  }

  #drag(event) {
    const held = this.#held;
    if (!held) return;
    for (const row of this.rows) {
      if (row === held) continue;
      const { top, bottom, height } = row.getBoundingClientRect();
      const above = held.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING;
      if (above && event.clientY < top + height / 2) return this.#place(() => row.before(held));
      if (!above && event.clientY > bottom - height / 2) this.#place(() => row.after(held));
    }
  }

  #drop() {
    if (!this.#held) return;
    this.#held.classList.remove("lift");
    this.#held = null;
    if (this.order !== this.#before) this.#store();
  }

  #step(event) {
    const grip = event.target.closest(".grip");
    const to = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!grip || !to) return;
    event.preventDefault();
    const row = grip.closest("[data-member]");
    const other = to < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    this.#place(() => (to < 0 ? other.before(row) : other.after(row)));
    grip.focus();
    sessionStorage.setItem("memo-line", row.dataset.member);
    this.#store();
  }

  #place(move) {
    move();
    this.rows.forEach((row, at) => (row.querySelector(".pos").textContent = at + 1));
  }

  #store() {
    const form = this.querySelector("[data-order]");
    form.querySelectorAll("[name=member]").forEach((input) => input.remove());
    for (const row of this.rows) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "member";
      input.value = row.dataset.member;
      form.append(input);
    }
    const said = document.getElementById("line-said");
    said.textContent = this.rows.map((row, at) => `${at + 1} ${row.dataset.name}`).join(", ");
    form.requestSubmit();
  }
}

define("memo-line", MemoLine);
