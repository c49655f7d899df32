/* What is new in the thread: said to those who listen, "3 new ↓" for those who read further up, and a divider above
   what came while nobody looked, as a fresh page has it. */

export class News {
  #thread;
  #unseen = 0;
  #away;

  constructor(thread) {
    this.#thread = thread;
    this.#away = Boolean(this.#divider);
  }

  get #divider() {
    return this.#thread.querySelector("#unread-divider");
  }

  /** These lines of others have come and stand in the list. */
  divide([first]) {
    if (!first?.isConnected || this.#away || this.#thread.reading?.looking !== false) return;
    this.#away = true;
    this.#divider?.remove();
    first.before(document.getElementById("blank-new").content.firstElementChild.cloneNode(true));
  }

  /** Everything is read; `elsewhere`: one has even answered, in another browser. */
  read(elsewhere = false) {
    this.#away = false;
    if (elsewhere && this.#thread.reading?.looking === false) this.#divider?.remove();
  }

  /** A line of somebody else; `below`: the reader is further up. */
  tell(line, below) {
    const log = document.getElementById("announcer");
    const who = line.querySelector("memo-who")?.textContent ?? "";
    const text = line.querySelector(".text")?.textContent ?? "";
    log?.append(Object.assign(document.createElement("p"), { textContent: `${who}: ${text}` }));
    while (log?.childElementCount > 5) log.firstElementChild.remove();
    if (below) this.#badge(this.#unseen + 1);
  }

  /** The end is in sight. */
  seen() {
    if (this.#unseen) this.#badge(0);
  }

  #badge(number) {
    const { words } = this.#thread;
    const box = this.#thread.querySelector(".to-end");
    this.#unseen = number;
    box.hidden = !number;
    box.querySelector("[data-words]").textContent = number === 1 ? words.newOne : words.new.replace("{number}", number);
  }
}
