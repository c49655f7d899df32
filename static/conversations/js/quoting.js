/* The message that the next one answers stands above the text until it is sent or taken away. This tab remembers it, as it
   remembers what was begun: who looks at another conversation and comes back finds both. */

const MOST = 160;
const key = (composer) => `memo-quote-${composer.dataset.c}`;

function remembered(composer) {
  try {
    return JSON.parse(sessionStorage.getItem(key(composer)));
  } catch {
    return null;
  }
}

function remember(composer, quoted) {
  try {
    if (quoted) sessionStorage.setItem(key(composer), JSON.stringify(quoted));
    else sessionStorage.removeItem(key(composer));
  } catch {
    // A browser that keeps nothing: it is there until the page changes.
  }
}

function put(composer, { id, author, text, inside }) {
  const box = composer.querySelector("[data-quoting]");
  box.querySelector("[data-author]").textContent = author;
  box.querySelector("[data-text]").textContent = text;
  box.querySelector("[name=quote]").value = id;
  box.dataset.inside = inside ? "1" : "";
  box.hidden = false;
}

function hide(composer) {
  const box = composer?.querySelector("[data-quoting]");
  if (!box) return;
  box.hidden = true;
  box.querySelector("[name=quote]").value = "";
}

/** Put a line above the text of the composer; an internal one turns to the internal sheet and never leaves it. */
export function quote(composer, line) {
  if (!composer) return;
  const inside = line.matches(".slip");
  if (inside && composer.kind !== "internal") composer.turn("internal");
  const words = line.querySelector(".text")?.textContent ?? line.querySelector(".media")?.textContent ?? "";
  const text = words.length > MOST ? `${words.slice(0, MOST)}…` : words;
  const quoted = { id: line.id.slice(2), author: line.querySelector("memo-who")?.textContent ?? "", text, inside };
  put(composer, quoted);
  remember(composer, quoted);
  composer.body.focus();
}

/** What this tab had chosen for the conversation before it left it. */
export function restore(composer) {
  const quoted = composer && remembered(composer);
  if (quoted && (!quoted.inside || composer.kind === "internal")) put(composer, quoted);
}

function clear(composer) {
  hide(composer);
  if (composer) remember(composer, null);
}

document.addEventListener("click", ({ target }) => {
  const composer = target.closest("[data-unquote]")?.closest("memo-composer");
  if (!composer) return;
  clear(composer);
  composer.body.focus();
});
document.addEventListener("memo:sent", ({ target }) => clear(target), true);
document.addEventListener("change", ({ target }) => {
  const composer = target.name === "kind" ? target.closest("memo-composer") : null;
  if (composer?.kind === "reply" && composer.querySelector("[data-quoting]").dataset.inside) hide(composer);
  else if (composer) restore(composer);
});
