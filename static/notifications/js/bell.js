/* The panel of the bell: the newest notices beside it, kept up to date while it is open. Loaded with its first click. */

import { live } from "memo/conversations/live";
import { place } from "memo/ui/menu";

const SOON_MS = 400;
let closed = 0;
let timer = null;

function built(bell) {
  const pop = Object.assign(document.createElement("div"), { className: "pop bell-list", popover: "auto" });
  pop.setAttribute("role", "dialog");
  pop.setAttribute("aria-label", bell.getAttribute("aria-label"));
  const frame = document.createElement("turbo-frame");
  frame.id = "bell-notices";
  frame.setAttribute("aria-busy", "true");
  pop.append(frame);
  pop.addEventListener("toggle", ({ newState }) => {
    bell.setAttribute("aria-expanded", String(newState === "open"));
    if (newState !== "open") return (closed = performance.now());
    settle(bell, pop);
  });
  frame.addEventListener("turbo:frame-load", () => pop.matches(":popover-open") && settle(bell, pop));
  bell.after(pop);
  return pop;
}

function settle(bell, pop) {
  const view = { width: innerWidth, height: innerHeight };
  const at = place(bell.getBoundingClientRect(), pop.getBoundingClientRect(), view, getComputedStyle(bell).direction === "rtl");
  pop.style.left = `${at.left}px`;
  pop.style.top = `${at.top}px`;
}

function fetchInto(pop, address) {
  const frame = pop.querySelector("turbo-frame");
  if (frame.src) frame.reload();
  else frame.src = address;
}

live.addEventListener("rows", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const pop = document.querySelector(".bell-list:popover-open");
    if (pop) fetchInto(pop);
  }, SOON_MS);
});
document.addEventListener("turbo:before-cache", () => document.querySelector(".bell-list")?.remove());

/** Opens the panel of this bell, or closes it. */
export function toggle(bell) {
  const pop = bell.parentElement.querySelector(".bell-list") ?? built(bell);
  // The press that led to this click has just closed it.
  if (pop.matches(":popover-open") || performance.now() - closed < 300) return pop.hidePopover();
  pop.showPopover();
  fetchInto(pop, bell.href);
}
