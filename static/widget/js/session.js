/* Who we are: the visitor's token (in memory and in a header, never in an address), and the one way to ask the server. */

import { boot } from "memo/widget/boot";
import { host } from "memo/widget/host";

/** The server's refusal, or none at all (status 0). */
export class Refusal extends Error {
  constructor(status, code, message, wait = 0) {
    super(message || code);
    Object.assign(this, { status, code, wait });
  }

  /** Worth another try later: no network, the server is busy or down. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

class Session extends EventTarget {
  visitor = null;
  #token = "";
  #opening = null;
  #claimed = "[]";
  #last = Promise.resolve();
  #under = new AbortController();

  get known() {
    return Boolean(this.visitor);
  }

  /** Take up what this browser kept from before; nothing is made. Resolves to whether we are known. */
  async resume() {
    this.#token = host.kept.token ?? "";
    if (this.#token || host.kept.seen || this.#proof()) await this.#open({});
    return this.known;
  }

  /** Be somebody: makes the visitor when there is none. Callers at the same time share one request. */
  async ensure() {
    if (this.known) return;
    await (this.#opening ??= this.#open({ start: true }).finally(() => (this.#opening = null)));
  }

  /** Name and address as typed. */
  say(name, email) {
    return this.#open({ name, email, start: true });
  }

  /** Whether the host page says something else of who we are than when we last asked. */
  get changed() {
    return this.#claimed !== this.#claim();
  }

  /** The host page passed a new identity: signed, or a mere name and address. */
  async identify() {
    const { name = "", email = "" } = host.options;
    if (this.#proof()) await this.#open({});
    else if (this.known && (name || email)) await this.say(name, email);
    this.#claimed = this.#claim();
  }

  /** The page we are on now, for the team. */
  track(title) {
    return this.#open(title ? { title: String(title) } : {}).catch(() => {});
  }

  /** The person signed out on the host page. */
  async end() {
    const token = this.#token;
    this.forget();
    if (token) await fetch(`/w/${boot.key}/session/end/`, { method: "POST", headers: this.#headers(token), keepalive: true });
  }

  /** The browser sends our own cookie along: the host's storage need not hold the token as well. */
  isKept() {
    if (host.kept.token) host.keep("token", null);
  }

  forget() {
    // What is still under way was asked by who is no longer here.
    this.#under.abort();
    this.#under = new AbortController();
    this.#token = "";
    this.visitor = null;
    host.keep("token", null);
    this.dispatchEvent(new Event("change"));
  }

  /** The token died. Another tab may have a newer one; resolves to whether we are known again. */
  async renew() {
    const old = this.#token;
    await host.refresh();
    if (this.#token !== old && this.known) return true;
    this.#token = host.kept.token !== old ? (host.kept.token ?? "") : "";
    this.visitor = null;
    await this.#open({});
    if (!this.known) this.forget();
    return this.known;
  }

  /** One after the other: a later request carries the token that an earlier one was given. */
  #open(body) {
    return (this.#last = this.#last.catch(() => {}).then(() => this.#openNow(body)));
  }

  async #openNow({ title = host.here.title, ...body }) {
    const page = { url: host.here.url, title };
    this.#claimed = this.#claim();
    const answer = await this.#ask("POST", "session/", { ...body, ...this.#claims(body), page });
    this.visitor = answer.visitor;
    if (answer.token) this.#token = answer.token;
    if (answer.kept || !answer.visitor) this.isKept();
    else host.keep("token", this.#token);
    this.dispatchEvent(new Event("change"));
  }

  #claim() {
    const { jwt, user, hash, name, email } = host.options;
    return JSON.stringify([jwt, user, hash, name, email].filter(Boolean));
  }

  #proof() {
    const { jwt, user, hash } = host.options;
    return jwt ? { jwt } : user && hash ? { user, hash } : null;
  }

  #claims(body) {
    const { name, email } = host.options;
    return this.#proof() ?? (body.start && !("email" in body) && (name || email) ? { name, email } : {});
  }

  /** GET or POST below /w/<key>/; `body` an object or FormData. Resolves to the JSON, or to the response itself. */
  async call(method, path, body, { whole = false } = {}) {
    try {
      return await this.#ask(method, path, body, whole);
    } catch (refusal) {
      if (refusal.status !== 401 || !(await this.renew())) throw refusal;
      return this.#ask(method, path, body, whole);
    }
  }

  async #ask(method, path, body, whole) {
    const isForm = body instanceof FormData;
    const headers = this.#headers(this.#token);
    if (body && !isForm) headers["Content-Type"] = "application/json";
    let response;
    try {
      const sent = body && !isForm ? JSON.stringify(body) : body;
      response = await fetch(`/w/${boot.key}/${path}`, { method, headers, body: sent, signal: this.#under.signal });
    } catch {
      throw new Refusal(0, "offline", "");
    }
    if (response.ok && whole) return response;
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Refusal(response.status, answer.error, answer.message, Number(response.headers.get("Retry-After")) * 1000);
  }

  #headers(token) {
    return { "Accept-Language": boot.language, ...(token && { Authorization: `Memo ${token}` }) };
  }
}

export const session = new Session();
