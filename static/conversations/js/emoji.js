/* The emoji to choose from: found by name in three languages, the last used ones first, everything by keyboard. */

import { EMOJI, find } from "memo/conversations/emoji_list";
import { replace } from "memo/conversations/marks";
import { place } from "memo/ui/menu";

const KEY = "memo-emoji";
const RECENT = 16;
const FOUND = 64;
const COLUMNS = 8;
let pop = null;
let field = null;
let opener = null;

function recent(sign) {
  let list = [];
  try {
    list = JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((one) => typeof one === "string");
    if (sign) localStorage.setItem(KEY, JSON.stringify((list = [sign, ...list.filter((one) => one !== sign)].slice(0, RECENT))));
  } catch {
    /* without storage nothing is remembered */
  }
  return list;
}

/** Beside the button; what is chosen goes to where the pen is. */
export function open(button, textarea) {
  field = textarea;
  opener = button;
  pop ??= build(button.dataset.search);
  if (!pop.isConnected) document.body.append(pop);
  if (pop.matches(":popover-open")) return pop.hidePopover();
  const search = pop.querySelector("input");
  search.value = "";
  fill("");
  pop.showPopover();
  const rtl = getComputedStyle(pop).direction === "rtl";
  const at = place(button.getBoundingClientRect(), pop.getBoundingClientRect(), { width: innerWidth, height: innerHeight }, rtl);
  pop.style.left = `${at.left}px`;
  pop.style.top = `${at.top}px`;
  return search.focus();
}

function build(label) {
  const made = Object.assign(document.createElement("div"), { className: "pop emoji", popover: "auto" });
  made.setAttribute("role", "dialog");
  made.setAttribute("aria-label", label);
  const search = Object.assign(document.createElement("input"), { type: "search", className: "input", placeholder: label });
  search.setAttribute("aria-label", label);
  const grid = Object.assign(document.createElement("div"), { className: "grid" });
  made.append(search, grid);
  search.addEventListener("input", () => fill(search.value));
  made.addEventListener("keydown", keys);
  grid.addEventListener("click", ({ target }) => target.closest("button") && choose(target.closest("button").textContent));
  made.addEventListener("toggle", ({ newState }) => newState === "closed" && document.activeElement === document.body && opener.focus());
  return made;
}

function fill(typed) {
  const used = recent().map((sign) => EMOJI.find((one) => one.sign === sign)).filter(Boolean);
  const found = typed.trim() ? find(typed.trim(), FOUND) : [...used, ...EMOJI.filter((one) => !used.includes(one))];
  pop.querySelector(".grid").replaceChildren(...found.map(({ sign, name }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, title: name, tabIndex: -1 });
    button.setAttribute("aria-label", name);
    return button;
  }));
}

function keys(event) {
  const buttons = [...pop.querySelectorAll(".grid button")];
  const at = buttons.indexOf(document.activeElement);
  const rtl = getComputedStyle(pop).direction === "rtl" ? -1 : 1;
  const step = { ArrowRight: rtl, ArrowLeft: -rtl, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
  if (event.key === "Enter" && at < 0 && buttons[0]) choose(buttons[0].textContent);
  else if (at < 0 && event.key === "ArrowDown") buttons[0]?.focus();
  else if (at >= 0 && step) (buttons[at + step] ?? (step < 0 ? pop.querySelector("input") : buttons.at(-1))).focus();
  else return;
  event.preventDefault();
}

function choose(sign) {
  recent(sign);
  pop.hidePopover();
  replace(field, field.selectionStart, field.selectionEnd, sign);
}
