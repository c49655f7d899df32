/* Lines above the text: a message that is held back once, and a draft that another device wrote. Loaded when needed. */

import * as drafts from "memo/conversations/drafts";
import { toast } from "memo/ui/toast";

function bar(composer, name, text) {
  const made = composer.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
  made.querySelector("[data-text]").textContent = text;
  made.dataset.says = name;
  composer.bar.replaceChildren(made);
  return (selector, run) =>
    made.querySelector(selector).addEventListener("click", () => {
      made.remove();
      run();
    });
}

const composerOf = (c) => document.querySelector(`memo-composer[data-c="${CSS.escape(c)}"]`);

/** The server asks for another look: the text stands in the composer again, with what the matter is above it. */
export function hold(entry, { message, error, seq }) {
  const { c, files, fields } = entry;
  const written = { body: fields.body, files };
  const composer = composerOf(c);
  if (!composer || composer.kind !== fields.kind) {
    const { body, files: kept } = drafts.read(c, fields.kind);
    drafts.write(c, fields.kind, { body: [fields.body, body].filter(Boolean).join("\n\n"), files: [...files, ...kept] });
    toast(message, { kind: "bad" });
    return;
  }
  composer.putBack(written);
  const on = bar(composer, "held", message);
  const asked = error === "answered_meanwhile" || error === "empty_variables";
  composer.bar.querySelector("[data-anyway]").hidden = !asked;
  composer.bar.querySelector("[data-show]").hidden = !seq;
  on("[data-keep]", () => composer.body.blur());
  on("[data-anyway]", () => {
    composer.force = true;
    composer.form.requestSubmit(fields.when ? composer.querySelector(`[name=when][value="${CSS.escape(fields.when)}"]`) : null);
  });
  composer.bar.querySelector("[data-show]").addEventListener("click", () => show(c, seq));
}

function show(c, seq) {
  const line = document.querySelector(`#messages [data-c="${CSS.escape(c)}"][data-seq="${Number(seq)}"]`);
  line?.scrollIntoView({ block: "center" });
  line?.classList.add("found");
}

/** Something without a value was put in: look before you send. */
export function warn(composer, text) {
  bar(composer, "held", text);
  for (const button of composer.bar.querySelectorAll("button")) button.remove();
}

/** Another device has written something else into this sheet: the writer chooses, nothing is mixed. */
export function choose(composer) {
  const { c } = composer.dataset;
  const { kind } = composer;
  const theirs = drafts.other(c, kind);
  if (!theirs) return;
  const on = bar(composer, "other", theirs.body.slice(0, 120) || `(${theirs.files.length})`);
  on("[data-take]", () => {
    drafts.choose(c, kind, true);
    composer.reload();
  });
  on("[data-mine]", () => drafts.choose(c, kind, false));
}
