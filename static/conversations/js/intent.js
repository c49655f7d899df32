/* What a page seldom needs is fetched when somebody reaches for it: the bar at a message, marks, emoji. */

const once = (load) => {
  let found = null;
  return () => (found ??= load());
};
const tools = once(() => import("memo/conversations/message_tools"));
const marks = once(() => import("memo/conversations/marks"));

const lineOf = (target) => target.closest?.("memo-thread:not([data-group]) #messages > li[data-seq]:not([data-seq=''])");

function near({ target, pointerType }) {
  const line = pointerType === "touch" ? null : lineOf(target);
  if (line?.querySelector(".msg-more")) tools().then(({ show }) => show(line));
}
for (const type of ["pointerover", "focusin"]) document.addEventListener(type, near, { passive: true });

document.addEventListener("click", (event) => {
  const { target } = event;
  const jump = target.closest("a.quote-in");
  const there = jump && document.getElementById(jump.dataset.of);
  const line = lineOf(target);
  const verb = line && (target.closest(".msg-more") ? "open" : target.closest("a.edited") ? "history" : "");
  if (!there && !verb && !target.closest("[data-mark]")) return;
  event.preventDefault();
  if (there) {
    there.scrollIntoView({ block: "center" });
    there.classList.remove("found");
    requestAnimationFrame(() => there.classList.add("found"));
  } else if (verb) tools().then((module) => module[verb](line));
  else marks().then(({ press }) => press(target.closest("[data-mark]")));
});

// A message was chosen to be answered here, before this tab showed another conversation.
document.addEventListener("memo:thread", ({ detail: thread }) => {
  try {
    if (!thread || !sessionStorage.getItem(`memo-quote-${thread.c}`)) return;
  } catch {
    return; // a browser that keeps nothing
  }
  import("memo/conversations/quoting").then(({ restore }) => restore(thread.querySelector("memo-composer")));
});

document.addEventListener("contextmenu", (event) => {
  const line = event.pointerType === "touch" && !getSelection().toString() ? lineOf(event.target) : null;
  if (!line?.querySelector(".msg-more") || event.target.closest("a, img")) return;
  event.preventDefault();
  tools().then(({ open }) => open(line));
});

document.addEventListener("memo:thread", () => {
  if (document.querySelector("[data-quoting]:not([hidden])")) import("memo/conversations/quoting");
});

const CHORDS = /^(b|i|e)$/;

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (target.id !== "composer-body" || event.isComposing || event.altKey || event.defaultPrevented) return;
  const chord = event.ctrlKey || event.metaKey;
  if (chord && (event.shiftKey ? /^(Digit[789]|KeyX|KeyL)$/.test(event.code) : CHORDS.test(key))) {
    event.preventDefault();
    marks().then(({ chord: run }) => run(target, event.shiftKey ? event.code : key));
  } else if (key === "ArrowUp" && !chord && !target.value) {
    tools().then(({ editLast }) => editLast());
  }
});
