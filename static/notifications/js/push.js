/* <memo-push data-key="…" data-add="…">: whether this browser takes push messages, and the button that makes it so.
   again(): a browser that does says so anew, once per session and only for the person who switched it on. */

import { live } from "memo/conversations/live";
import { headers } from "memo/ui/csrf";
import { define, MemoElement } from "memo/ui/element";

const ADD = "/settings/notifications/push/";
const OWNER = "memo-push";

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function same(buffer, key) {
  const have = new Uint8Array(buffer ?? []);
  return have.length === key.length && have.every((value, at) => value === key[at]);
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration();
  return registration?.pushManager.getSubscription() ?? null;
}

async function tell(subscription) {
  const response = await fetch(ADD, {
    method: "POST",
    body: JSON.stringify(subscription),
    headers: { ...headers(), Accept: "application/json", "Content-Type": "application/json", "X-Memo-Fetch": "1" },
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Error(String(response.status));
  localStorage.setItem(OWNER, live.user);
  sessionStorage.setItem(OWNER, live.user);
}

export async function again() {
  const mine = live.user && localStorage.getItem(OWNER) === live.user;
  if (!mine || sessionStorage.getItem(OWNER) === live.user) return;
  const subscription = await current();
  if (subscription) await tell(subscription);
}

class MemoPush extends MemoElement {
  async connected() {
    if (!("PushManager" in self) || !navigator.serviceWorker || !self.Notification) return;
    this.on(this.querySelector("[data-on]"), "click", () => this.#subscribe());
    if (Notification.permission === "denied") return this.#show("denied");
    const subscription = await current();
    const mine = subscription && localStorage.getItem(OWNER) === live.user && Notification.permission === "granted";
    this.#show(mine ? "on" : "off");
  }

  async #subscribe() {
    if ((await Notification.requestPermission()) !== "granted") return this.#show("denied");
    try {
      const key = bytes(this.dataset.key);
      let subscription = await current();
      if (subscription && !same(subscription.options.applicationServerKey, key)) {
        await subscription.unsubscribe(); // made for another key pair
        subscription = null;
      }
      const registration = await navigator.serviceWorker.ready;
      subscription ??= await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await tell(subscription);
      this.#show("on");
    } catch {
      this.#show("failed");
    }
  }

  #show(state) {
    for (const part of this.querySelectorAll("[data-state]")) {
      part.hidden = part.dataset.state !== state && !(state === "failed" && part.dataset.state === "off");
    }
  }
}

define("memo-push", MemoPush);
