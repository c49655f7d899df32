/* The composer's files: pasted, dropped, chosen, or of a draft; each belongs to the sheet that was shown then. What sends
   them up comes with the first (uploads.js). */

export class Attached extends EventTarget {
  #composer;
  #loading = false;
  #left = false;
  #uploads = null;
  /* Until that is there: sheet → files of its draft, and what was chosen: [{files, kind}]. */
  #known = {};
  #chosen = [];
  /* Pressed “send” before all had arrived: {run, what}. */
  #waiting = null;

  constructor(composer) {
    super();
    this.#composer = composer;
    composer.on(composer.body, "paste", (event) => this.#taken(event, event.clipboardData.files));
    composer.on(composer.body, "input", () => (this.#waiting = null));
    composer.on(composer, "memo:kind", () => (this.#waiting = null));
    composer.signal.addEventListener("abort", () => this.#leave());
    const thread = composer.closest("memo-thread");
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      composer.on(thread, type, (event) => this.#dragged(event, thread));
    }
  }

  /** What has arrived for a sheet: [{id, name, size, image …}]. */
  of(kind) {
    return this.#uploads?.of(kind) ?? this.#known[kind] ?? [];
  }

  /** What has arrived for the sheet that is shown. */
  get files() {
    return this.of(this.#composer.kind);
  }

  get busy() {
    return this.#chosen.some(({ kind }) => kind === this.#composer.kind) || (this.#uploads?.busy ?? false);
  }

  /** One did not arrive. */
  get broken() {
    return this.#uploads?.broken ?? false;
  }

  add(files) {
    this.#chosen.push({ files: [...files], kind: this.#composer.kind });
    this.#changed(true);
    this.#load();
  }

  restore(files) {
    this.#known[this.#composer.kind] = files;
    if (this.#uploads) this.#uploads.restore(files);
    else if (files.length) this.#load();
  }

  clear() {
    this.#known[this.#composer.kind] = [];
    this.#uploads?.clear();
  }

  /** Runs when all has arrived, if the same message stands in the same sheet then: another one was never sent off. */
  wait(run) {
    this.#waiting = { run, what: this.#what };
  }

  get #what() {
    const { body, form, kind } = this.#composer;
    return JSON.stringify([kind, body.value, form.elements.quote?.value]);
  }

  /* `other`: one came or went, so it is not the message any more with which “send” was pressed. */
  #changed(other) {
    if (other) this.#waiting = null;
    this.dispatchEvent(new Event("change"));
    if (!this.#waiting || this.busy) return;
    const { run, what } = this.#waiting;
    this.#waiting = null;
    if (what === this.#what) run();
  }

  async #load() {
    if (this.#loading) return;
    this.#loading = true;
    try {
      if (!this.#uploads) await this.#begin();
      for (const { files, kind } of this.#chosen.splice(0)) this.#uploads.add(files, kind);
    } catch {
      if (this.#chosen.splice(0).length) this.#composer.note(this.#composer.words.noUpload);
      this.#waiting = null;
    }
    this.#loading = false;
  }

  async #begin() {
    const { Uploads } = await import("memo/conversations/uploads");
    this.#uploads = new Uploads(this.#composer, (other) => this.#changed(other));
    this.#uploads.left = this.#left;
    this.#uploads.restore(this.#known[this.#composer.kind] ?? []);
  }

  #leave() {
    this.#left = true;
    this.#waiting = null;
    if (this.#uploads) this.#uploads.left = true;
  }

  #taken(event, files) {
    if (!files?.length) return;
    event.preventDefault();
    this.add(files);
  }

  #dragged(event, thread) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const over = event.type === "dragenter" || event.type === "dragover";
    const inside = event.type === "dragleave" && thread.contains(event.relatedTarget);
    this.#composer.form.classList.toggle("drop", over || inside);
    if (event.type === "drop") this.#taken(event, event.dataTransfer.files);
  }
}
