/* What is offered while one writes: colleagues after “@” (where nobody outside reads), emoji after “:”.
   A list above the text; arrows choose, Enter or Tab takes, Escape closes. */

import { find } from "memo/conversations/emoji_list";
import { replace } from "memo/conversations/marks";

const MOST = 8;
const known = new Map(); // conversation → its readers
let open = null; // {field, list, items, at, from}

/** Looks at what stands before the pen. */
export async function look(field) {
  const before = field.value.slice(0, field.selectionEnd);
  const found = /(?:^|[\s(])([@:])([^@:\n]{0,40})$/u.exec(before);
  if (!found) return close();
  const [, sign, typed] = found;
  const from = before.length - typed.length - 1;
  const items = sign === "@" ? await people(field, typed) : emoji(typed);
  if (field.value.slice(0, field.selectionEnd) !== before) return undefined;
  return items.length ? show(field, from, items) : close();
}

function emoji(typed) {
  if (!/^[\p{L}\d_+-]{2,}$/u.test(typed)) return [];
  return find(typed, MOST).map(({ sign, name }) => ({ text: `${sign} ${name}`, insert: sign }));
}

async function people(field, typed) {
  const composer = field.closest("memo-composer");
  const { names } = composer.querySelector(".marks")?.dataset ?? {};
  const direct = composer.closest("memo-thread").dataset.kind === "direct";
  if (!names || (composer.kind !== "internal" && !direct)) return [];
  if (!known.has(names)) {
    known.set(names, fetch(names, { headers: { Accept: "application/json", "X-Memo-Fetch": "1" } })
      .then((answer) => (answer.ok ? answer.json() : { people: [] }))
      .catch(() => ({ people: [] })));
    setTimeout(() => known.delete(names), 60_000);
  }
  const wanted = fold(typed);
  const all = (await known.get(names)).people;
  const fits = ({ name }) => fold(name).startsWith(wanted) || fold(name).split(" ").some((part) => wanted && part.startsWith(wanted));
  return all.filter(fits).slice(0, MOST).map(({ name, note }) => ({ text: name, note, insert: `@${name} ` }));
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function show(field, from, items) {
  const list = open?.list ?? document.createElement("ul");
  Object.assign(list, { id: "completion", className: "pop completion" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.getAttribute("aria-label"));
  list.replaceChildren(...items.map((item, place) => option(item, place)));
  if (!open) {
    field.before(list);
    field.setAttribute("aria-controls", "completion");
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("blur", close, { once: true });
  }
  open = { field, list, items, from, at: 0 };
  mark();
}

function option({ text, note }, place) {
  const node = Object.assign(document.createElement("li"), { id: `completion-${place}`, className: "item" });
  node.setAttribute("role", "option");
  const name = Object.assign(document.createElement("bdi"), { textContent: text });
  node.append(name);
  if (note) node.append(Object.assign(document.createElement("small"), { textContent: note, className: "end" }));
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    take(place);
  });
  return node;
}

function mark() {
  const { field, list, at } = open;
  [...list.children].forEach((node, place) => node.setAttribute("aria-selected", String(place === at)));
  list.children[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", `completion-${at}`);
}

function take(place) {
  const { field, from, items } = open;
  const to = field.selectionEnd;
  close();
  replace(field, from, to, items[place].insert);
}

function close() {
  if (!open) return;
  const { field, list } = open;
  open = null;
  list.remove();
  for (const name of ["aria-controls", "aria-autocomplete", "aria-activedescendant"]) field.removeAttribute(name);
}

// Before the composer, for which Enter may mean “send”.
document.addEventListener(
  "keydown",
  (event) => {
    if (!open || event.target !== open.field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      open.at = (open.at + step + open.items.length) % open.items.length;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") take(open.at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
