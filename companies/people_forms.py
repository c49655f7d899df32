"""What an admin says of a colleague, and what an invited person says. No company, package or id is a field (S-11)."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.guards import plain_ascii
from accounts.models import User
from companies.models import Membership
from companies.people_csv import MAX_BYTES
from ui.fields import LineField

ROLES = [(Membership.Role.MEMBER, _("Member")), (Membership.Role.ADMIN, _("Admin"))]


class _Person(forms.Form):
    first_name = LineField(label=_("First name"), max_length=80)
    last_name = LineField(label=_("Last name"), max_length=80)
    position = LineField(
        label=_("Position"), max_length=80, help_text=_("What the person does, for example “Service”.")
    )


class InviteForm(_Person):
    """The four that are needed (M-20), and what the person begins with."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role in the company"), choices=ROLES, initial=Membership.Role.MEMBER)
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=settings.LANGUAGES)
    field_order = ("first_name", "last_name", "position", "email", "role", "language")

    def clean_email(self) -> str:
        """Kept in small letters: one address is one person. Look-alike letters could never sign in (S-48)."""
        address: str = self.cleaned_data["email"]
        if not plain_ascii(address):
            raise ValidationError(_("Write the address with plain letters."))
        return address.lower()


class ListedForm(InviteForm):
    """A line of a list. What a spreadsheet would run as a formula is nobody's name."""

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        for name in ("first_name", "last_name", "position"):
            if cleaned.get(name, "").startswith(("=", "+", "-", "@")):
                self.add_error(name, _("begins with a sign that no name begins with"))
        return cleaned


class ListForm(forms.Form):
    """A list of people, pasted or as a file."""

    text = forms.CharField(
        label=_("Paste the list"),
        required=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea({"rows": 8, "spellcheck": "false", "dir": "ltr"}),
        help_text=_("One person a line: e-mail address, first name, last name, position."),
    )
    file = forms.FileField(
        label=_("Or choose a CSV file"),
        required=False,
        max_length=200,
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"}),
    )


class ColleagueForm(_Person):
    """What an admin may change about a colleague: data, role, licence and switches."""

    phone = LineField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))
    role = forms.ChoiceField(label=_("Role in the company"), choices=ROLES, widget=forms.RadioSelect)
    engagement_licence = forms.BooleanField(
        label=_("Engagement licence"),
        required=False,
        help_text=_("Works in inboxes and answers customers. Without it no inbox is open; direct messages are."),
    )
    may_post_customer_replies = forms.BooleanField(
        label=_("May answer customers in open mode"),
        required=False,
        help_text=_("In inboxes where everybody may answer. Off: reads and writes internally."),
    )
    may_manage_customers = forms.BooleanField(
        label=_("May manage customers"),
        required=False,
        help_text=_("Sees and edits customers without a role in an inbox."),
    )
    field_order = ("first_name", "last_name", "position", "phone")


class JoinForm(forms.Form):
    """The password of somebody who joins."""

    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=_("Password once more"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(str(text) for text in password_validators_help_texts())

    def clean_password(self) -> str:
        """Checked against the person's own name and address, too."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned and "again" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", ValidationError(_("The two passwords are not the same.")))
        return cleaned
