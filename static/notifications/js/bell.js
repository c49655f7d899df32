/* The panel of the bell: the newest notices beside it, kept up to date while it is open. Loaded with its first click. */

import { live } from "memo/conversations/live";
import { place } from "memo/ui/menu";

const SOON_MS = 400;
/* A press beside the panel closes it; the click that follows on the bell must not open it again. */
let wasOpen = false;
let timer = null;

function built(bell) {
  const pop = Object.assign(document.createElement("div"), { className: "pop bell-list", popover: "auto" });
  pop.setAttribute("role", "dialog");
  pop.setAttribute("aria-label", bell.getAttribute("aria-label"));
  const frame = document.createElement("turbo-frame");
  frame.id = "bell-notices";
  pop.append(frame);
  pop.addEventListener("toggle", ({ newState }) => {
    bell.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "open") settle(bell, pop);
  });
  bell.addEventListener("pointerdown", () => (wasOpen = pop.matches(":popover-open")));
  bell.after(pop);
  return pop;
}

function settle(bell, pop) {
  const view = { width: innerWidth, height: innerHeight };
  const at = place(bell.getBoundingClientRect(), pop.getBoundingClientRect(), view, getComputedStyle(bell).direction === "rtl");
  pop.style.left = `${at.left}px`;
  pop.style.top = `${at.top}px`;
}

/* The focus stays on the same line when what stands around it is new. */
async function fill(bell, pop) {
  const frame = pop.firstElementChild;
  const response = await fetch(bell.href, { headers: { "Turbo-Frame": frame.id }, signal: AbortSignal.timeout(15_000) });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const focused = frame.contains(document.activeElement) && document.activeElement.getAttribute("href");
  frame.replaceChildren(...page.getElementById(frame.id).childNodes);
  if (focused) frame.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  if (pop.matches(":popover-open")) settle(bell, pop);
}

live.addEventListener("rows", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const pop = document.querySelector(".bell-list:popover-open");
    if (pop) fill(pop.previousElementSibling, pop).catch(() => {});
  }, SOON_MS);
});
document.addEventListener("turbo:before-cache", () => document.querySelector(".bell-list")?.remove());

/** Opens the panel of this bell, or closes it. */
export async function toggle(bell) {
  const pop = bell.parentElement.querySelector(".bell-list") ?? built(bell);
  const close = wasOpen || pop.matches(":popover-open");
  wasOpen = false;
  if (close) return pop.hidePopover();
  await fill(bell, pop);
  pop.showPopover();
}
