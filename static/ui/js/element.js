/* The ground of our elements: whatever an element listens to ends when it leaves the page. */

export class MemoElement extends HTMLElement {
  #life = null;

  connectedCallback() {
    this.#life?.abort();
    this.#life = new AbortController();
    this.connected();
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#life = null;
    this.gone();
  }

  /** Aborted when the element leaves the page. */
  get signal() {
    return this.#life.signal;
  }

  /** addEventListener that ends with the element. */
  on(target, type, handle, options = {}) {
    target.addEventListener(type, handle, { ...options, signal: this.signal });
  }

  /** The element is in the page. */
  connected() {}

  /** The element has left the page. */
  gone() {}
}

/** Defines an element once, however often its module is asked for. */
export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
