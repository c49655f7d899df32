/* What is offered while one writes: saved replies after “/”, variables after “{{”, names after “@”, emoji after “:”.
   The lists come when first wanted; Enter or Tab that was faster than a list waits for it. */

const WAIT_MS = 2_000;
/** What stands before the caret where saved texts are offered; with what was typed of the name. */
export const TEXTS = {
  variables: /\{\{\s*([^{}\n]{0,40})$/,
  replies: /(?:^|\s)\/((?:[^\s/][^\n/]{0,39})?)$/,
};
const NAMES = /(^|[\s(])(@[^@:\n]{0,40}|:[^\s@:]{2,40})$/;
const texts = part(() => import("memo/conversations/texts"));
const completing = part(() => import("memo/conversations/completing"));
/* The list that was asked for last and is not there yet: {field, done: whether it came}. */
let coming = null;

/* What is loaded runs at once: the next key finds its list open. */
function part(load) {
  let module = null;
  return (run) => (module ? run(module) : load().then((found) => run((module = found))));
}

document.addEventListener("input", ({ target: field }) => {
  const composer = field.id === "composer-body" && field.closest("memo-composer");
  if (!composer?.form) return;
  coming = null;
  const before = field.value.slice(Math.max(0, field.selectionEnd - 50), field.selectionEnd);
  const lists = [];
  const saved = composer.dataset.texts && Object.values(TEXTS).some((pattern) => pattern.test(before));
  if (saved) lists.push(texts(({ offer }) => offer(composer)));
  if (document.getElementById("completion") || NAMES.test(before)) lists.push(completing(({ look }) => look(field)));
  if (lists.length) expect(field, lists);
});

function expect(field, lists) {
  const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, false));
  const done = Promise.race([Promise.all(lists).then(() => true, () => false), late]);
  const mine = (coming = { field, done });
  done.then(() => coming === mine && (coming = null));
}

// Before the lists and the composer, for which Enter may mean “send”.
document.addEventListener(
  "keydown",
  (event) => {
    const { target: field, key } = event;
    if (coming?.field !== field || (key !== "Enter" && key !== "Tab") || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = field.value;
    coming.done.then((came) => came && field.value === text && press(field, key));
  },
  true,
);

/* The key again, now that its list is open, or will not come. A list that could not be loaded takes it: nothing is sent then. */
function press(field, key) {
  const list = document.querySelector("#composer-texts:not([hidden])");
  if (list && !list.querySelector("[role=option]:not([aria-disabled])")) return;
  const free = field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  if (free && key === "Enter") field.closest("memo-composer").insert("\n");
}
