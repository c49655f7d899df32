/* Search by keys: from its field to the first hit, and out of it; and what was looked for in the message that a hit opens. */

let asked = false;
let words = [];

/* Whoever asks: by Turbo, or by the browser alone. What was not asked for does not stand in the address. */
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches(".list-search")) return;
  asked = true;
  for (const [name, value] of [...formData]) if (!value && name !== "q") formData.delete(name);
});

/* Who asked goes on from the first hit. */
function arrived({ type, target }) {
  if (!asked || (type === "turbo:frame-load" && target.id !== "search")) return;
  asked = false;
  document.querySelector("#search .crow")?.focus({ preventScroll: true });
}
for (const type of ["turbo:load", "turbo:frame-load"]) document.addEventListener(type, arrived);

document.addEventListener("keydown", (event) => {
  const { target, key, isComposing } = event;
  if (target.id !== "search-field" || isComposing) return;
  const hit = key === "ArrowDown" && document.querySelector("#list .crow");
  if (hit) {
    event.preventDefault();
    hit.focus();
  } else if (key === "Escape" && !target.value) target.blur();
});

document.addEventListener("click", ({ target }) => {
  const link = target.closest(".crow");
  if (link) words = [...new Set([...link.querySelectorAll(".found-text mark")].map((mark) => mark.textContent))];
});

function* places(node, word) {
  const text = node.textContent;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    yield new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + word.length });
  }
}

document.addEventListener("memo:thread", ({ detail: thread }) => {
  CSS.highlights?.delete("found");
  const text = document.getElementById(thread?.dataset.found)?.querySelector(".text");
  if (!text || !words.length || !CSS.highlights) return;
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const ranges = [];
  while (nodes.nextNode()) for (const word of words) ranges.push(...places(nodes.currentNode, word));
  CSS.highlights.set("found", new Highlight(...ranges));
});
