"""What a member may set about their own work. Role, company, rights and package are no fields here (S-11)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PersonForm


class ProfileForm(PersonForm):
    """A person's own data and their position in the company (M-25)."""

    position = forms.CharField(label=_("Position"), max_length=80, help_text=_("What you do, for example “Service”."))
    field_order = ("first_name", "last_name", "position", "phone", "language", "time_zone", "theme")
