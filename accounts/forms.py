"""What a person may set about themselves. No role, company or right is a field here (S-11)."""

from __future__ import annotations

import zoneinfo
from functools import cache

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.images import MAX_BYTES


@cache
def zone_names() -> tuple[str, ...]:
    """The time zones people choose from: area/place names, and UTC."""
    areas = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if name.startswith(areas)))


def zone_choices() -> list[tuple[str, str]]:
    """(name, “Area: Place”) of every time zone, readable."""
    return [(name, name.replace("_", " ")) for name in zone_names()]


THEMES = [("system", _("Like the system")), ("light", _("Light")), ("dark", _("Dark"))]

UNDO_CHOICES = [
    (0, _("Send at once")),
    (5, _("5 seconds")),
    (10, _("10 seconds")),
    (20, _("20 seconds")),
    (30, _("30 seconds")),
]


class WritingForm(forms.Form):
    """For how long a reply to a customer can be taken back, and what keys do."""

    undo_seconds = forms.TypedChoiceField(
        label=_("Replies to customers"),
        choices=UNDO_CHOICES,
        coerce=int,
        widget=forms.RadioSelect,
    )
    enter_sends = forms.BooleanField(label=_("Enter sends, Shift + Enter makes a new line"), required=False)
    single_keys = forms.BooleanField(
        label=_("Single keys are on"),
        help_text=_("J and K, E, R and the others, without holding another key."),
        required=False,
    )


class PersonForm(forms.Form):
    """A person's own data (M-25)."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    theme = forms.ChoiceField(label=_("Appearance"), choices=THEMES, widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, token in (("first_name", "given-name"), ("last_name", "family-name"), ("phone", "tel")):
            self.fields[name].widget.attrs["autocomplete"] = token


class PictureForm(forms.Form):
    """One picture; accounts.images looks inside."""

    picture = forms.FileField(
        label=_("Picture"),
        max_length=200,
        help_text=_("PNG, JPEG or WebP, at most 5 MB."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp", "data-max-bytes": MAX_BYTES}),
    )
