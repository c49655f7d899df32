/* What one has in hand stays so while the page around it is brought up to date: an open menu where it stands, what was
   typed or chosen and not sent yet. */

const dirty = (field) =>
  field.matches("input:is([type=checkbox], [type=radio])")
    ? field.checked !== field.defaultChecked
    : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue;

document.addEventListener("turbo:before-morph-attribute", (event) => {
  const { target, detail } = event;
  const name = detail.attributeName;
  if (name === "style" && target.matches(":popover-open")) event.preventDefault();
  else if (name === "aria-expanded" && target.getAttribute(name) === "true") event.preventDefault();
  else if ((name === "value" || name === "checked") && dirty(target)) event.preventDefault();
});
