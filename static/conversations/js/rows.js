/* List rows: which folder they belong to, where they stand, whether they are unread. */

import { live } from "memo/conversations/live";
import { morphElements } from "@hotwired/turbo";
import { bump } from "memo/ui/streams";

const MINE = new Set(["customer", "internal", "closed-mine", "archive"]);
/* Frames of these come to their people alone. */
const PRIVATE = { direct: "direct", request: "asked" };

/** true, false, or null: only the server knows (what one follows, filters, another order). */
export function belongs(row, folder) {
  const here = fits(row, folder);
  return here && folder.narrowed ? null : here;
}

function fits(row, { view, inbox, unreadOnly }) {
  const { kind, status, routing, assignee, archived, inbox: of, c } = row.dataset;
  if (inbox && of !== inbox) return false;
  if (unreadOnly && !(c in live.rows)) return false;
  if (status === "open" && view !== "archive" && (view === "snoozed") !== Boolean(row.dataset.snoozed)) return false;
  if (kind in PRIVATE) {
    const living = status === "open" && !archived;
    return view === "archive" ? !living : living && ["all", "snoozed", PRIVATE[kind]].includes(view);
  }
  if (view === "all" && kind === "internal") return document.getElementById(row.id) ? status === "open" : null;
  if (MINE.has(view)) return document.getElementById(row.id) && (status === "open") === (view === "customer") ? true : null;
  if (kind !== "customer") return false;
  const open = status === "open";
  if (view === "open" || view === "all") return open;
  if (view === "mine") return open && assignee === live.user;
  if (view === "unassigned") return open && routing === "unclaimed";
  if (view === "snoozed") return open;
  if (view === "offered") return open && (routing === "ringing" || routing === "waiting");
  return !open;
}

/** Whether the side bar's numbers may have changed with this row. */
export function moved(old, row) {
  if (!old) return true;
  return ["status", "routing", "assignee", "holder", "archived", "snoozed"].some((name) => old.dataset[name] !== row.dataset[name]);
}

/** Puts a row into its list: the same conversation keeps its element, its focus and its place unless it has news. */
export function put(list, row, query) {
  const old = document.getElementById(row.id);
  const link = row.querySelector("a");
  link.href = link.pathname + query;
  // Frames are for everybody who hears them; what only this page knows of the row stays.
  const tags = "tagged" in row.dataset ? null : old?.querySelector(".tags");
  if (tags) row.querySelector("[data-unread]").before(tags.cloneNode(true));
  dress(row);
  if (old && old.dataset.at === row.dataset.at) morphElements(old, row);
  else if (old) bump(list, row);
  else insert(list, row);
  for (const who of document.getElementById(row.id)?.querySelectorAll("memo-who") ?? []) who.write(); // its text came from the frame
}

function insert(list, row) {
  const next = [...list.children].find((one) => one.dataset.at < row.dataset.at);
  if (next) next.before(row);
  else if (!list.parentElement.querySelector("turbo-frame[src]")) list.append(row);
}

/** What depends on who looks: unread, mine, ringing at me, open. */
export function dress(row) {
  const { c, holder } = row.dataset;
  const unread = live.rows[c] ?? 0;
  const pick = live.picked && row.querySelector(".pick");
  if (pick) pick.checked = live.picked.has(c);
  const link = row.querySelector(".crow");
  link.classList.toggle("unread", unread > 0);
  link.classList.toggle("ringing", Boolean(holder) && holder === live.user);
  const open = location.pathname.includes(c);
  link.classList.toggle("beside", Boolean(row.dataset.about) && location.pathname.includes(row.dataset.about));
  if (open) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const mine = row.querySelector("[data-with]");
  if (mine) mine.hidden = mine.dataset.with === live.user;
  bubble(row.querySelector("[data-unread]"), unread);
}

function bubble(place, number) {
  if (Number(place.textContent.replace(/\D/g, "")) === number) return;
  if (!number) return place.replaceChildren();
  const word = document.querySelector("memo-unread")?.dataset.word ?? "";
  const spoken = Object.assign(document.createElement("span"), { className: "vh", textContent: ` ${word}` });
  const count = Object.assign(document.createElement("span"), { className: "count new" });
  count.append(number < 1000 ? String(number) : "999+", spoken);
  place.replaceChildren(count);
}
