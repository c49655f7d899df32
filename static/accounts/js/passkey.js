/* <memo-passkey>: a form whose button asks the browser for a passkey and sends what it says in the field “credential”.
   mode "add" makes one, "use" proves one (options stand in the page), "sign-in" fetches its options first. */

import { define, MemoElement } from "memo/ui/element";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

/** What the server wants, with its bytes as bytes. */
function making({ publicKey }, alone) {
  const chosen = { ...publicKey.authenticatorSelection };
  chosen.residentKey = alone ? "required" : "discouraged";
  chosen.requireResidentKey = alone;
  if (alone) chosen.userVerification = "required";
  return {
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: keys(publicKey.excludeCredentials),
      authenticatorSelection: chosen,
    },
  };
}

function proving({ publicKey }) {
  const allowCredentials = keys(publicKey.allowCredentials);
  return { publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials } };
}

/** A credential as the server reads it. */
function plain(credential) {
  const said = credential.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (said[name]) response[name] = text(said[name]);
  }
  if (said.getTransports) response.transports = said.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

export class MemoPasskey extends MemoElement {
  connected() {
    const form = this.querySelector("form");
    const button = this.querySelector("[data-ask]");
    if (!form || !button) return;
    if (!window.PublicKeyCredential) {
      this.say(this.dataset.unsupported);
      return;
    }
    button.disabled = false;
    this.on(form, "submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      this.ask(form, button);
    });
  }

  async ask(form, button) {
    button.disabled = true;
    this.say("");
    try {
      const credential = await this.credential(form);
      form.elements.credential.value = JSON.stringify(plain(credential));
      form.submit();
    } catch (error) {
      // The person closed the browser's window, or there is no such key here: both are said in one sentence.
      this.say(this.dataset.failed);
      button.disabled = false;
      if (error.name !== "NotAllowedError") console.warn(error);
    }
  }

  async credential(form) {
    if (this.dataset.mode === "sign-in") {
      const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      return navigator.credentials.get(proving((await answer.json()).request_options));
    }
    const data = JSON.parse(this.querySelector("[type='application/json']").textContent);
    if (this.dataset.mode === "use") return navigator.credentials.get(proving(data.request_options));
    return navigator.credentials.create(making(data.creation_options, form.elements.passwordless?.checked ?? false));
  }

  say(words) {
    const place = this.querySelector("[data-say]");
    if (!place) return;
    place.querySelector("span").textContent = words ?? "";
    place.hidden = !words;
  }
}

define("memo-passkey", MemoPasskey);
