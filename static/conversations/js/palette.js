/* ⌘K: every command in one list. What the page's own menus hold is taken from them, with the rights that they show;
   folders, settings and views come from the server, conversations and people by their names while one types. */

import { visit } from "@hotwired/turbo";
import { fragment } from "memo/conversations/lines";
import { live } from "memo/conversations/live";
import { pressed } from "memo/conversations/keyboard";
import { ranked, recent, used } from "memo/conversations/matching";
import { headers } from "memo/ui/csrf";
import { beside } from "memo/ui/dialog";

const PAUSE_MS = 160;
const AT_MOST = 60;
const HEADERS = { Accept: "text/html", "X-Memo-Fetch": "1" };

let dialog = null;
let commands = [];
let found = [];
let chosen = 0;
let timer = null;
let asked = null;

/** Opens it with the server's answer and with what was typed until then. */
export async function open(page, ahead) {
  const html = await page;
  if (!html || document.querySelector("dialog[open]")) return undefined;
  dialog?.remove();
  dialog = fragment(html).querySelector("dialog");
  document.body.append(dialog);
  commands = [...ofPage(), ...ofServer(dialog.querySelector("[data-options]").content)];
  const field = dialog.querySelector("input");
  field.addEventListener("input", () => typed(field.value));
  dialog.addEventListener("keydown", moved);
  dialog.addEventListener("click", clicked);
  dialog.addEventListener("close", () => (clearTimeout(timer), asked?.abort()));
  field.value = ahead();
  typed(field.value);
  dialog.showModal();
  return field.focus();
}

/* --- where commands come from -------------------------------------------------------------------------------- */
const words = (element) => {
  const copy = element.cloneNode(true);
  for (const rest of copy.querySelectorAll("kbd, .vh, .count, .end, .av")) rest.remove();
  return copy.textContent.trim().replace(/\s+/g, " ") || element.getAttribute("aria-label") || element.title;
};

function entry(element, group, run) {
  const box = dialog.querySelector("[data-plain-option]").content.firstElementChild.cloneNode(true);
  const icon = element.querySelector("svg");
  if (icon) box.querySelector("svg").replaceWith(icon.cloneNode(true));
  const heading = above(element);
  const label = heading ? `${heading}: ${words(element)}` : words(element);
  box.querySelector(".t").textContent = label;
  const key = element.closest("[aria-keyshortcuts]")?.getAttribute("aria-keyshortcuts");
  if (key) box.append(Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() }));
  const doing = group === dialog.dataset.wordsHere ? heading : ""; // to the conversation: “Assign to: Dora”
  return { box, label, heading: doing, where: group, group, run };
}

const press = (element) => () => (element.type === "submit" ? element.form.requestSubmit(element) : element.click());
/* "Appearance", "Assign to": what stands above several of them. */
const above = (element) => {
  const label = element.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
  return label && words(document.getElementById(label));
};

/** The menus of this page: the open conversation's verbs, oneself, the menu of five. */
function ofPage() {
  const { wordsHere, wordsYou, wordsMenu } = dialog.dataset;
  const taken = new Set();
  const all = [
    ["#thread-head button:not([popovertarget]), #thread-menu .item", wordsHere],
    ["#account-menu .item, #account-menu label:has([type=radio])", wordsYou],
    [".menu a", wordsMenu],
  ];
  return all.flatMap(([selector, group]) =>
    [...document.querySelectorAll(selector)]
      .map((one) => entry(one, group, press(one.querySelector("[type=radio]") ?? one)))
      .filter(({ label }) => label && !taken.has(group + label) && taken.add(group + label)),
  );
}

function ofServer(content) {
  return [...content.querySelectorAll("[role=option]")]
    .filter(({ dataset }) => !dataset.needs || document.querySelector(dataset.needs))
    .map((box) => {
      const where = box.querySelector("small")?.textContent ?? "";
      return { box, label: box.querySelector(".t").textContent, where, group: box.dataset.group, run: follow(box.dataset) };
    });
}

function follow({ href, post, key }) {
  if (key) return () => pressed(key);
  if (post) return () => send(post);
  const thread = /^\/(conversations|requests)\/[0-9a-f-]{36}\//.test(href) && document.querySelector("memo-list");
  return () => visit(thread ? href + live.query : href, thread ? { frame: "conversation", action: "advance" } : {});
}

function send(action) {
  const form = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  const token = Object.assign(document.createElement("input"), { name: "csrfmiddlewaretoken", value: headers()["X-CSRFToken"] });
  form.append(token);
  document.body.append(form);
  form.requestSubmit();
}

/* --- what is shown ------------------------------------------------------------------------------------------- */
function typed(text) {
  show(text);
  clearTimeout(timer);
  asked?.abort();
  if (text.trim().length > 1) timer = setTimeout(() => ask(text.trim()), PAUSE_MS);
}

async function ask(text) {
  asked = new AbortController();
  try {
    const query = new URLSearchParams({ q: text });
    const response = await fetch(`/palette/?${query}`, { headers: HEADERS, signal: asked.signal });
    if (response.ok) show(text, ofServer(fragment(await response.text())));
  } catch {
    /* typed on, closed, or no connection: the commands are there anyway */
  }
}

function show(text, more = []) {
  const { wordsRecent, wordsSearch, wordsFound } = dialog.dataset;
  const query = text.trim();
  const stay = more.length && chosen > 0 ? found[chosen] : null; // chosen before the answer came
  const { sure, unsure } = ranked(commands, query);
  const last = new Set(unsure);
  // What Enter runs is meant: a command by its name, whoever is called so, else the search.
  found = query ? [...sure, ...more, searchFor(query, wordsSearch), ...unsure] : [...recent(commands, wordsRecent), ...commands];
  found = found.slice(0, AT_MOST);
  const list = dialog.querySelector("[role=listbox]");
  const groups = new Map();
  found.forEach((one, number) => {
    one.box.id = `palette-${number}`;
    const place = `${last.has(one)} ${one.group}`;
    if (!groups.has(place)) groups.set(place, [one.group, []]);
    groups.get(place)[1].push(one.box);
  });
  list.replaceChildren(...[...groups.values()].map(([name, boxes]) => section(name, boxes)));
  // In the order in which they are read.
  found.sort((one, two) => (one.box.compareDocumentPosition(two.box) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  dialog.querySelector("[data-status]").textContent = query ? wordsFound.replace("{number}", found.length) : "";
  choose(Math.max(0, found.indexOf(stay)));
}

function section(name, boxes) {
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name);
  const label = Object.assign(document.createElement("span"), { className: "lab", textContent: name });
  label.setAttribute("aria-hidden", "true");
  if (name) group.append(label);
  group.append(...boxes);
  return group;
}

function searchFor(query, text) {
  const box = dialog.querySelector("[data-search-option]").content.firstElementChild.cloneNode(true);
  const label = text.replace("{words}", query);
  box.querySelector(".t").textContent = label;
  return { box, label: "", where: "", group: "", run: () => visit(`${dialog.dataset.search}?${new URLSearchParams({ q: query })}`) };
}

function choose(number) {
  found[chosen]?.box.removeAttribute("aria-selected");
  for (const { box } of found) box.setAttribute("aria-selected", "false");
  chosen = found.length ? (number + found.length) % found.length : 0;
  const box = found[chosen]?.box;
  box?.setAttribute("aria-selected", "true");
  box?.scrollIntoView({ block: "nearest" });
  dialog.querySelector("input").setAttribute("aria-activedescendant", box?.id ?? "");
}

/* --- what is pressed ----------------------------------------------------------------------------------------- */
function moved(event) {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step) choose(Math.abs(step) > 1 ? Math.max(0, Math.min(chosen + step, found.length - 1)) : chosen + step);
  else if (event.key === "Enter" && !event.isComposing) run(found[chosen]);
  else return;
  event.preventDefault();
}

function clicked(event) {
  const number = found.findIndex(({ box }) => box.contains(event.target));
  if (number >= 0) run(found[number]);
  else if (beside(dialog, event)) dialog.close();
}

function run(command) {
  if (!command) return;
  dialog.close();
  if (command.label) used(command);
  command.run();
}
