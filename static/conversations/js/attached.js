/* The composer's files: pasted, dropped, chosen, or of a draft. What sends them up comes with the first (uploads.js). */

export class Attached extends EventTarget {
  #composer;
  #loading = null;
  #uploads = null;
  #wanted = [];

  constructor(composer) {
    super();
    this.#composer = composer;
    composer.on(composer.body, "paste", (event) => this.#taken(event, event.clipboardData.files));
    const thread = composer.closest("memo-thread");
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      composer.on(thread, type, (event) => this.#dragged(event, thread));
    }
  }

  /** What has arrived: [{id, name, size, image …}]. */
  get files() {
    return this.#uploads?.files ?? this.#wanted;
  }

  get busy() {
    return this.#uploads?.busy ?? Boolean(this.#loading);
  }

  /** One did not arrive. */
  get broken() {
    return this.#uploads?.broken ?? false;
  }

  async add(files) {
    const chosen = [...files];
    (await this.#load()).add(chosen);
  }

  async restore(files) {
    this.#wanted = files;
    if (files.length || this.#uploads) (this.#uploads ?? (await this.#load())).restore(this.#wanted);
  }

  clear() {
    this.#wanted = [];
    this.#uploads?.clear();
  }

  #load() {
    this.#loading ??= import("memo/conversations/uploads").then(({ Uploads }) => {
      this.#uploads = new Uploads(this.#composer, () => this.dispatchEvent(new Event("change")));
      return this.#uploads;
    });
    return this.#loading;
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
