/* What is new in the thread, said to those who listen, and "3 new ↓" for those who read further up. */

export class News {
  #thread;
  #unseen = 0;

  constructor(thread) {
    this.#thread = thread;
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
