"""How forms look: one template for a form, one for a field; every message is tied to its control."""

from __future__ import annotations

from django.forms import BoundField, Widget
from django.forms.renderers import DjangoTemplates
from django.template import loader

_CLASSES = {"checkbox": "tick", "radio": "tick", "hidden": "", "file": "input file"}


class MemoBoundField(BoundField):
    """Gives each control its class; the rest (ids, aria-invalid, aria-describedby) Django does itself."""

    def build_widget_attrs(self, attrs: dict, widget: Widget | None = None) -> dict:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        given = widget.attrs.get("class", "")
        own = _CLASSES.get(getattr(widget, "input_type", ""), "input")
        classes = " ".join(part for part in (own, given) if part)
        if classes:
            attrs["class"] = classes
        # A label that stays says it better than grey words that go away; False leaves the attribute out.
        if str(widget.attrs.get("placeholder", "")).casefold() == str(self.label).casefold():
            attrs["placeholder"] = False
        return attrs

    @property
    def is_choice(self) -> bool:
        """A single tick box: its label stands behind it."""
        return self.widget_type == "checkbox"


class FormRenderer(DjangoTemplates):
    """Our templates for form and field from the project's engine, Django's own for the controls."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
    bound_field_class = MemoBoundField

    def get_template(self, template_name: str):
        if template_name.startswith("ui/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)
