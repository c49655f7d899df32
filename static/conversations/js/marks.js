/* Signs around what is selected in the composer: bold, italic, strike, code, link, lists, quote; and how it will look. */

import { fragment } from "memo/conversations/lines";
import { headers } from "memo/ui/csrf";

const AROUND = { bold: "**", italic: "_", strike: "~~" };
const BEFORE = { list: () => "- ", numbers: (place) => `${place + 1}. `, quote: () => "> " };
const STARTS = { list: /^[-+*] /, numbers: /^\d+[.)] /, quote: /^> ?/ };
const CHORDS = { b: "bold", i: "italic", e: "code", KeyX: "strike", KeyL: "link", Digit7: "numbers", Digit8: "list", Digit9: "quote" };

/** Replaces a stretch of the field, so that the browser's own undo takes it back, and selects a part of the new text. */
export function replace(field, from, to, text, select = [text.length, text.length]) {
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(from + select[0], from + select[1]);
}

/** A button of the bar. */
export function press(button) {
  const composer = button.closest("memo-composer");
  const field = composer.querySelector("textarea[name=body]");
  const mark = button.dataset.mark;
  if (mark === "preview") return preview(composer, field, button);
  if (mark === "emoji") return import("memo/conversations/emoji").then(({ open }) => open(button, field));
  if (mark === "more") return void button.setAttribute("aria-expanded", String(composer.classList.toggle("with-marks")));
  return apply(field, mark);
}

/** Ctrl or ⌘ with a key. */
export const chord = (field, key) => apply(field, CHORDS[key]);

function apply(field, mark) {
  if (mark in AROUND) around(field, AROUND[mark]);
  else if (mark in BEFORE) before(field, mark);
  else if (mark === "code") code(field);
  else if (mark === "link") link(field);
}

const parts = ({ value, selectionStart: from, selectionEnd: to }) => ({ value, from, to, chosen: value.slice(from, to) });

function around(field, sign) {
  const { value, from, to, chosen } = parts(field);
  const long = sign.length;
  if (value.slice(from - long, from) === sign && value.slice(to, to + long) === sign) {
    return replace(field, from - long, to + long, chosen, [0, chosen.length]);
  }
  const words = chosen.trim(); // a sign next to a blank means nothing
  const start = chosen.indexOf(words);
  const text = `${chosen.slice(0, start)}${sign}${words}${sign}${chosen.slice(start + words.length)}`;
  return replace(field, from, to, text, [start + long, start + long + words.length]);
}

function before(field, mark) {
  const { value, from, to } = parts(field);
  const start = value.lastIndexOf("\n", from - 1) + 1;
  const next = value.indexOf("\n", to);
  const end = next < 0 ? value.length : next;
  const lines = value.slice(start, end).split("\n");
  const has = lines.every((line) => STARTS[mark].test(line));
  const text = lines.map((line, place) => (has ? line.replace(STARTS[mark], "") : BEFORE[mark](place) + line)).join("\n");
  replace(field, start, end, text, lines.length > 1 ? [0, text.length] : undefined);
}

function code(field) {
  const { value, from, to, chosen } = parts(field);
  if (!chosen.includes("\n")) return around(field, "`");
  const lead = from === 0 || value[from - 1] === "\n" ? "" : "\n";
  const text = `${lead}\`\`\`\n${chosen}\n\`\`\`\n`;
  return replace(field, from, to, text, [lead.length + 4, lead.length + 4 + chosen.length]);
}

function link(field) {
  const { from, to, chosen } = parts(field);
  const isAddress = /^(https?:\/\/|mailto:)\S+$/.test(chosen);
  const words = isAddress ? "" : chosen;
  const address = isAddress ? chosen : "https://";
  const text = `[${words}](${address})`;
  const select = words ? [words.length + 3, text.length - 1] : [1, 1];
  replace(field, from, to, text, select);
}

async function preview(composer, field, button) {
  const shown = composer.querySelector("[data-preview]");
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  shown.hidden = !on;
  field.hidden = on;
  if (!on) return field.focus();
  const body = new URLSearchParams({ body: field.value, c: composer.dataset.c, kind: composer.kind });
  const asks = { ...headers(), Accept: "text/html", "X-Memo-Fetch": "1" };
  const response = await fetch(button.dataset.url, { method: "POST", body, headers: asks });
  if (response.ok) shown.replaceChildren(fragment(await response.text()));
  if (composer.dataset.previewing) return undefined;
  composer.dataset.previewing = "1"; // sent, or the sheet was turned: the pen comes back
  const off = () => button.getAttribute("aria-pressed") === "true" && press(button);
  composer.addEventListener("memo:sent", off);
  return composer.addEventListener("change", ({ target }) => target.name === "kind" && off());
}
