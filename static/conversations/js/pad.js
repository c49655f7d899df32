/* The composer's text and files as drafts: shown, kept, renewed when another device writes. */

import * as drafts from "memo/conversations/drafts";
import { live } from "memo/conversations/live";

export class Pad {
  #composer;
  #uploads;
  /** When the writer began (ms); null while nothing stands here. */
  began = null;

  constructor(composer, uploads) {
    this.#composer = composer;
    this.#uploads = uploads;
    composer.on(drafts.changes, "draft", ({ detail }) => this.#elsewhere(detail));
    composer.on(live, "gap", () => this.#refetch());
    composer.on(window, "pagehide", () => (this.save(), drafts.flush()));
    this.#know(JSON.parse(composer.querySelector("script").textContent));
  }

  get #where() {
    return [this.#composer.dataset.c, this.#composer.kind];
  }

  #know(told) {
    const { c, draft } = this.#composer.dataset;
    for (const kind of ["reply", "internal"]) drafts.know(c, kind, draft, told[kind]);
  }

  /** The first time: what was typed before the scripts were there stays, below what was kept. */
  begin() {
    const { body: area } = this.#composer;
    const typed = area.value === area.defaultValue ? "" : area.value;
    this.load();
    if (!typed || area.value.includes(typed)) return;
    area.value = [area.value, typed].filter(Boolean).join("\n\n");
    this.written();
  }

  load() {
    const { body: area, kind, classList } = this.#composer;
    classList.toggle("internal", kind === "internal");
    const { body, files } = drafts.read(...this.#where);
    const text = body || area.defaultValue;
    if (area.value !== text) area.value = text;
    this.began = text ? 0 : null;
    this.#uploads.restore(files);
    this.note("");
    this.#choice();
  }

  /** Keeps what stands here; `kind`: the sheet that it belongs to. */
  save(kind = this.#composer.kind) {
    const { body, dataset, words } = this.#composer;
    const stored = drafts.write(dataset.c, kind, { body: body.value, files: this.#uploads.of(kind) });
    this.note(stored && body.value.trim() ? words.draft : "");
  }

  written() {
    this.began = this.#composer.body.value ? (this.began ?? performance.now()) : null;
    this.save();
  }

  /** It was sent; `told`: the server empties its copy by itself. */
  sent(c, kind, told) {
    this.began = null;
    drafts.sent(c, kind, told);
    this.note("");
  }

  /** What became of what stands here, in a word beside the buttons. */
  note(text) {
    this.#composer.querySelector("[data-draft-note]").textContent = text;
  }

  /* Frames were missed: another device may have written. */
  async #refetch() {
    const { dataset } = this.#composer;
    const headers = { Accept: "application/json", "X-Memo-Fetch": "1" };
    const answer = await fetch(dataset.draft, { headers }).catch(() => null);
    if (!answer?.ok || !this.#composer.isConnected) return;
    this.#know((await answer.json()).drafts);
    this.#elsewhere({ c: dataset.c, kind: this.#composer.kind });
  }

  /* Another device wrote here. Something unsaved stays; then the writer chooses. */
  #elsewhere({ c, kind }) {
    if (c !== this.#where[0] || kind !== this.#where[1]) return;
    if (drafts.other(c, kind)) this.#choice();
    else this.load();
  }

  #choice() {
    if (drafts.other(...this.#where)) import("memo/conversations/held").then(({ choose }) => choose(this.#composer));
    else this.#composer.bar.querySelector("[data-says=other]")?.remove(); // what was to be chosen from is the same by now
  }
}
