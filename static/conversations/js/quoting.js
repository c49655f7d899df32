/* The message that the next one answers stands above the text until it is sent or taken away. */

const MOST = 160;

/** Put a line above the text of the composer; an internal one turns to the internal sheet and never leaves it. */
export function quote(composer, line) {
  if (!composer) return;
  const box = composer.querySelector("[data-quoting]");
  const inside = line.matches(".slip");
  if (inside && composer.kind !== "internal") composer.turn("internal");
  const words = line.querySelector(".text")?.textContent ?? line.querySelector(".media")?.textContent ?? "";
  box.querySelector("[data-author]").textContent = line.querySelector("memo-who")?.textContent ?? "";
  box.querySelector("[data-text]").textContent = words.length > MOST ? `${words.slice(0, MOST)}…` : words;
  box.querySelector("[name=quote]").value = line.id.slice(2);
  box.dataset.inside = inside ? "1" : "";
  box.hidden = false;
  composer.body.focus();
}

function clear(composer) {
  const box = composer?.querySelector("[data-quoting]");
  if (!box) return;
  box.hidden = true;
  box.querySelector("[name=quote]").value = "";
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
  if (composer?.kind === "reply" && composer.querySelector("[data-quoting]").dataset.inside) clear(composer);
});
