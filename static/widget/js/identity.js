/* Who the visitor says they are: a name and an address, asked for when it is of use, never proved by typing (N-20). */

import { boot, t } from "memo/widget/boot";
import { announce, el } from "memo/widget/dom";
import { host } from "memo/widget/host";
import { session } from "memo/widget/session";

const settled = () => session.visitor?.verified || Boolean(session.visitor?.email);

/** Nothing can be written before this is answered. */
export const isRequired = () => boot.ask === "required" && !settled();

/** Whether it makes sense to ask. */
export const mayAsk = () => boot.ask !== "never" && !settled();

/** The card with the two fields; `done()` after saving, `cancel` (optional) closes it; `focus` puts the cursor in. */
export function card({ done, cancel, focus }) {
  const name = field("name", { autocomplete: "name", maxlength: 120 }, session.visitor?.name);
  const email = field("email", { type: "email", autocomplete: "email", maxlength: 254, inputmode: "email" }, session.visitor?.email);
  const problem = el("p", { class: "problem", role: "alert" });
  const save = el("button", { type: "submit", class: "btn" }, t(cancel ? "save" : "start"));
  const form = el(
    "form",
    { class: "card", novalidate: true },
    el("h2", {}, t(cancel ? "who" : "who_required")),
    name.node,
    email.node,
    problem,
    el("div", { class: "row end" }, cancel && el("button", { type: "button", class: "btn plain", onclick: cancel }, t("cancel")), save),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!check(name, !cancel) || !check(email, true)) return;
    save.disabled = true;
    try {
      await session.say(name.input.value.trim(), email.input.value.trim());
      announce(t("thanks", { email: session.visitor.email }));
      done();
    } catch (refusal) {
      problem.textContent = refusal.message || t("error");
      if (refusal.code === "email") mark(email, t("email_wrong"));
    }
    save.disabled = false;
  });
  if (focus) queueMicrotask(() => (session.visitor?.name ? email : name).input.focus());
  return form;
}

function field(name, attributes, value = "") {
  const input = el("input", { id: `who-${name}`, name, "aria-describedby": `who-${name}-problem`, ...attributes });
  input.value = value ?? "";
  const problem = el("p", { id: `who-${name}-problem`, class: "problem" });
  const node = el("div", { class: "field" }, el("label", { for: input.id }, t(name)), input, problem);
  return { input, problem, node };
}

function check(one, needed) {
  const text = one.input.value.trim();
  mark(one, needed && !text ? t("needed") : text && !one.input.checkValidity() ? t("email_wrong") : "");
  return !one.problem.textContent;
}

function mark(one, text) {
  one.problem.textContent = text;
  one.input.setAttribute("aria-invalid", String(Boolean(text)));
  if (text) one.input.focus();
}

/** The small line below the composer: where answers also go, and the data notice of the site. */
export function footer(ask) {
  const email = session.visitor?.email;
  const open = (text) => el("button", { type: "button", class: "link", onclick: ask }, text);
  const line = el("p", { class: "tiny" });
  if (email) line.append(t("mail_to", { email }), session.visitor.verified ? "" : " ", session.visitor.verified ? "" : open(t("change")));
  else if (mayAsk()) line.append(t("by_mail"), " ", open(t("leave")));
  for (const told of [boot.shares.page && t("shares_page"), boot.shares.typing && t("shares_typing")]) {
    if (told) line.append(line.hasChildNodes() ? " " : "", told);
  }
  const notice = host.options.privacy;
  if (/^https?:\/\//.test(notice ?? "")) {
    if (line.hasChildNodes()) line.append(" · ");
    line.append(el("a", { class: "link", href: notice, target: "_blank", rel: "noopener noreferrer" }, t("privacy")));
  }
  return line;
}
