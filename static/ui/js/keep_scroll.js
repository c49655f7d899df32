/* Nothing jumps: around every change of a thread the reader stays where he reads, or at the end if he was there.

   const keep = new KeepScroll(scroller, list);   // the element that scrolls, the list of messages in it
   keep.around(() => …change the list…);          // returns what the function returns
   keep.toEnd(); keep.atEnd; keep.stop();
   list dispatches "memo:trimmed" when old messages were taken out ("older" has to be asked for again). */

export const STICK_PX = 100;
/* In the page at most; when it is full a few more go, so that not every message takes one out. */
export const KEEP_MESSAGES = 300;
const TRIM_TO = KEEP_MESSAGES - 20;

export class KeepScroll {
  #scroller;
  #list;
  #stuck = true;
  #ended = new AbortController();

  constructor(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
    const { signal } = this.#ended;
    scroller.addEventListener("scroll", () => (this.#stuck = this.atEnd), { passive: true, signal });
    // Pictures arrive after their message, windows change their size: who was at the end stays there.
    const observer = new ResizeObserver(() => this.#stuck && this.toEnd());
    observer.observe(list);
    observer.observe(scroller);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#stuck = this.atEnd;
  }

  /** Pixels between what is seen and the end; the same for lists that start at the end (column-reverse). */
  get distance() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const reversed = getComputedStyle(this.#scroller).flexDirection === "column-reverse";
    return reversed ? -scrollTop : scrollHeight - clientHeight - scrollTop;
  }

  get atEnd() {
    return this.distance <= STICK_PX;
  }

  toEnd() {
    this.#stuck = true;
    this.#scroller.scrollTop += this.distance;
  }

  around(change) {
    const end = this.atEnd;
    const mark = end ? null : this.#firstSeen();
    const top = mark?.getBoundingClientRect().top;
    const result = change();
    if (end) {
      this.#trim();
      this.toEnd();
    } else {
      this.#hold(mark, top);
    }
    return result;
  }

  stop() {
    this.#ended.abort();
  }

  #firstSeen() {
    const edge = this.#scroller.getBoundingClientRect().top;
    const items = [...this.#list.children];
    const seen = (item) => item.getBoundingClientRect().bottom > edge;
    // What leads to older pages gives way to them, dividers move: neither holds a place while there is a message.
    return items.find((item) => item.id && !item.querySelector("[data-older]") && seen(item)) ?? items.find(seen) ?? null;
  }

  /* The marked message may have been replaced by its newer self. */
  #hold(mark, top) {
    const now = mark?.isConnected ? mark : mark?.id ? document.getElementById(mark.id) : null;
    if (now) this.#scroller.scrollTop += now.getBoundingClientRect().top - top;
  }

  #trim() {
    const items = this.#list.children;
    if (items.length <= KEEP_MESSAGES) return;
    while (items.length > TRIM_TO) items[0].remove();
    this.#list.dispatchEvent(new CustomEvent("memo:trimmed", { bubbles: true }));
  }
}
