"""How one user wants to be told."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Preference


class PreferenceForm(forms.ModelForm):
    """One's own preferences (N-50…N-66); the user is never a field."""

    class Meta:
        model = Preference
        fields = (
            "customer_messages",
            "user_to_customer",
            "internal",
            "direct",
            "in_app",
            "sound",
            "flash_tab",
            "email",
            "enter_sends",
        )
        widgets = {"customer_messages": forms.RadioSelect, "user_to_customer": forms.RadioSelect}
        labels = {
            "customer_messages": _("Messages of customers"),
            "user_to_customer": _("Replies of colleagues to customers"),
            "internal": _("Internal messages of conversations I follow"),
            "direct": _("Direct messages to me"),
            "in_app": _("Green bubble in Memo"),
            "sound": _("Sound"),
            "flash_tab": _("Flashing tab while Memo is in the background"),
            "email": _("E-mail, when I have not seen a message for one minute"),
            "enter_sends": _("Enter sends, Shift + Enter makes a new line"),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer_messages"].choices = [
            ("all", _("All in my inboxes")),
            ("mine", _("Only of conversations I follow")),
            ("none", _("None")),
        ]
        self.fields["user_to_customer"].choices = [
            ("all", _("All of conversations I follow")),
            ("mine", _("Only of conversations assigned to me")),
            ("none", _("None")),
        ]
