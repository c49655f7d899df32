/* Asks before something that cannot be undone: <button data-confirm="Its messages go too." data-confirm-title="Delete?"
   data-confirm-yes="Delete" data-confirm-kind="danger">. Works on every form's button, with and without Turbo. */

import { beside } from "memo/ui/dialog";

const agreed = new WeakSet();

/** Opens the question; resolves to true or false. */
export function ask({ title, text, yes, kind } = {}) {
  const dialog = document.getElementById("confirm-template").content.firstElementChild.cloneNode(true);
  if (title) dialog.querySelector("[data-title]").textContent = title;
  const words = dialog.querySelector("[data-text]");
  words.textContent = text ?? "";
  words.hidden = !text;
  const button = dialog.querySelector("[data-yes]");
  if (yes) button.textContent = yes;
  button.classList.toggle("danger", kind === "danger");
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => beside(dialog, event) && dialog.close("no"));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

async function held(event) {
  const { target: form, submitter } = event;
  const asking = submitter?.dataset.confirm !== undefined ? submitter : form.dataset.confirm !== undefined ? form : null;
  if (!asking || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { confirm: text, confirmTitle: title, confirmYes: yes, confirmKind: kind } = asking.dataset;
  if (!(await ask({ text, title, yes, kind }))) return;
  agreed.add(form);
  form.requestSubmit(submitter);
  agreed.delete(form); // when a field was invalid, the next attempt asks again
}

// Capturing, so that it comes before Turbo's own listener.
document.addEventListener("submit", held, true);
