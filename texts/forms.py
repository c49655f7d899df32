"""The forms of saved replies and of a company's variables."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from texts.models import Variables
from texts.variables import unknown_in

_NO_SUCH = _("There is no variable %(names)s.")


class VariablesForm(forms.ModelForm):
    """Four account values and four defaults (G-22, G-25)."""

    class Meta:
        model = Variables
        fields = (
            "name",
            "address",
            "email",
            "phone",
            "first_name_default",
            "last_name_default",
            "full_name_default",
            "organisation_default",
        )
        labels = {
            "name": _("Name"),
            "address": _("Address"),
            "email": _("E-mail"),
            "phone": _("Phone"),
            "first_name_default": _("Without a first name"),
            "last_name_default": _("Without a last name"),
            "full_name_default": _("Without any name"),
            "organisation_default": _("Without an organisation"),
        }

    def values(self) -> dict[str, str]:
        """Every field's text, without line breaks."""
        return {name: " ".join(self.cleaned_data[name].split()) for name in self._meta.fields}


class ReplyForm(forms.Form):
    """A saved reply; `circles`: (value, words) of whom it may be for – only asked for when there is a choice."""

    title = forms.CharField(label=_("Title"), max_length=80)
    shortcut = forms.CharField(
        label=_("Short name"), max_length=30, required=False, help_text=_("Type / and this in the composer to find it.")
    )
    circle = forms.ChoiceField(label=_("Who may use it"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}), strip=True
    )

    def __init__(self, *args, circles: Sequence[tuple[str, str]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if circles:
            self.fields["circle"].choices = list(circles)
            self.fields["circle"].initial = circles[0][0]
        else:
            del self.fields["circle"]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if unknown := unknown_in(text):
            names = ", ".join("{{" + name + "}}" for name in dict.fromkeys(unknown))
            raise forms.ValidationError(_NO_SUCH, params={"names": names})
        return text
