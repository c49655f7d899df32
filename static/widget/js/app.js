/* Puts the parts together: takes up what was before, shows one screen at a time, does what the page asks for. */

import { boot, t } from "memo/widget/boot";
import { el } from "memo/widget/dom";
import { Head } from "memo/widget/head";
import { Home, greeting } from "memo/widget/home";
import { host } from "memo/widget/host";
import { live } from "memo/widget/live";
import { outbox } from "memo/widget/outbox";
import { watch } from "memo/widget/seen";
import { session } from "memo/widget/session";
import { store, unreadOf } from "memo/widget/store";
import { Thread } from "memo/widget/thread";

const FRESH_MS = 7 * 864e5;
const FRESH_ENTRANCE_MS = 2 * 60_000;
const PAGE_EVERY_MS = 20_000;
const touch = matchMedia("(pointer: coarse)");

class App {
  screen = null;
  #fresh = Date.now();
  #turn = Promise.resolve();

  constructor() {
    this.head = new Head({ back: () => this.home() });
    this.main = el("main");
    document.body.append(this.head.node, this.main, el("div", { id: "said", class: "vh", role: "log", "aria-live": "polite" }));
    store.addEventListener("change", () => this.update());
    store.addEventListener("received", ({ detail }) => this.screen.id === detail.c && this.screen.received(detail));
    session.addEventListener("change", () => this.update());
    outbox.addEventListener("change", () => this.update());
    outbox.addEventListener("started", ({ detail }) => this.#started(detail));
    outbox.addEventListener("joined", ({ detail }) => this.screen.id === detail.from && this.open(detail.id));
    outbox.addEventListener("moved", ({ detail }) => this.#moved(detail));
    live.addEventListener("revoked", () => session.renew().catch(() => {}));
    for (const name of ["online", "offline"]) addEventListener(name, () => this.update());
    document.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && host.tell("close"));
    watch(() => this.screen?.conversation);
    this.#listen();
    live.addEventListener("up", () => this.#place());
    setInterval(() => this.#place(), PAGE_EVERY_MS);
  }

  // --- screens -------------------------------------------------------------------------------------------
  /** The screen that fits: what is unread, what is under way, else a new one or the choice. */
  begin() {
    const list = store.list();
    const unread = list.find(unreadOf);
    const waiting = outbox.entries.at(-1);
    const recent = list.find((one) => one.status === "open" && Date.now() - new Date(one.at) < FRESH_MS);
    if (unread ?? recent) return this.open((unread ?? recent).c);
    if (waiting) return waiting.c ? this.open(waiting.c) : this.#show(this.#thread({ start: waiting.s, channel: waiting.channel }));
    if (list.length || boot.channels.length > 1) return this.home();
    this.new(boot.channels[0]?.id ?? "");
  }

  home() {
    this.#show(new Home({ open: (id) => this.open(id), begin: (channel) => this.new(channel) }));
  }

  open(id) {
    this.#show(this.#thread({ id }));
  }

  new(channel) {
    this.#show(this.#thread({ channel }));
  }

  #thread(what) {
    return new Thread({ ...what, greeting: () => greeting("li", what.channel) });
  }

  #show(screen) {
    const moved = this.screen !== null;
    this.screen = screen;
    this.main.replaceChildren(screen.node);
    this.update();
    if (moved && host.here.open) this.focus();
  }

  focus() {
    // On a phone the keyboard would cover what there is to read first.
    if (!touch.matches || this.screen instanceof Home) this.screen.focus();
  }

  update() {
    if (!this.screen) return;
    this.screen.update();
    const conversation = this.screen.conversation ?? null;
    this.head.update({ conversation, list: store.list(), isHome: this.screen instanceof Home });
    live.busy(Boolean(conversation) && Boolean(host.here.open));
  }

  /** A conversation we began now has its id; the thread goes on as it is. */
  #started({ start, id }) {
    if (this.screen.start === start) this.screen.id = id;
    this.update();
  }

  #moved({ from, start }) {
    if (this.screen.id === from) Object.assign(this.screen, { id: null, start });
    this.update();
  }

  // --- what the page says --------------------------------------------------------------------------------
  #listen() {
    host.on("open", () => (this.update(), this.focus(), this.#refresh()));
    host.on("close", () => this.update());
    host.on("update", () => this.#inTurn(() => this.#renewed()));
    host.on("prefill", (text) => this.#prefill(String(text ?? "")));
    host.on("track", (title) => session.known && (this.#place(title), session.track(title)));
    host.on("shutdown", () => this.#inTurn(() => this.#shutdown()));
  }

  /** Where we are, for the team, if the widget says that they see it and somebody looks. */
  #place(title = host.here.title) {
    if (!boot.shares.page || document.hidden) return;
    live.page(this.screen?.conversation?.c ?? store.list()[0]?.c, { url: host.here.url, title: String(title) });
  }

  /** Signing out and in again may be said in one breath. */
  #inTurn(job) {
    this.#turn = this.#turn.then(job).catch((error) => console.error(error));
  }

  /** Hours and presence may have changed since the page was served. */
  async #refresh() {
    if (Date.now() - this.#fresh < FRESH_ENTRANCE_MS) return;
    this.#fresh = Date.now();
    Object.assign(boot, await session.call("GET", "entrance/").catch(() => ({})));
    this.update();
  }

  #prefill(text) {
    if (!(this.screen instanceof Thread)) this.new(boot.channels[0]?.id ?? "");
    this.screen.composer.fill(text);
  }

  /** Another identity or another look: ask who we are now, and show what is theirs. */
  async #renewed() {
    theme();
    this.update();
    if (!session.changed) return;
    const before = session.visitor?.id;
    await session.identify().catch((refusal) => host.emit("error", { error: refusal.code }));
    if (session.visitor?.id !== before) await this.#restart();
    if (session.known) live.start();
    host.emit("identified", { verified: Boolean(session.visitor?.verified) });
  }

  async #shutdown() {
    live.stop();
    outbox.forget();
    await session.end().catch(() => {});
    this.#restart();
  }

  async #restart() {
    live.stop();
    store.forget();
    await store.sync();
    this.begin();
  }
}

const theme = () => (document.documentElement.dataset.theme = host.options.theme ?? "");

const notice = (text) => document.body.appendChild(el("main", { class: "blocked" }, el("p", {}, text)));

/** Who we are and what was before. Where only signed identities are admitted, wait until the page passes one. */
async function resume() {
  try {
    if (await session.resume()) await store.sync();
  } catch (refusal) {
    host.emit("error", { error: refusal.code });
    if (!["identity", "identity_required"].includes(refusal.code)) return;
    const text = notice(refusal.message || t("sign_in_first"));
    await new Promise((done) => host.addEventListener("update", done, { once: true }));
    text.remove();
    await resume();
  }
}

async function start() {
  if (parent === self) return notice(t("blocked"));
  await host.connect();
  theme();
  await resume();
  const app = new App();
  outbox.resume();
  app.begin();
  if (session.known) live.start();
  host.replay();
  if (host.here.open) app.focus();
}

start();
