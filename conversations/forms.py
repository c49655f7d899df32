"""The form of a request to a company's channel."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.actions.posting import MAX_BODY


class RequestForm(forms.Form):
    """Subject and text; the two ids make that a second press of the button sends nothing twice."""

    subject = forms.CharField(label=_("Subject"), max_length=120, required=False)
    body = forms.CharField(
        label=_("Your message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"})
    )
    start_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
