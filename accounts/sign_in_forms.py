"""allauth's forms with the product's limits: per mailbox, before anything depends on whether the address is known."""

from __future__ import annotations

from allauth.account import forms as allauth_forms
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _

from accounts.guards import may_mail, plain_ascii

# Longer than any password that is taken; more would only cost hashing time.
_LONGEST = 1000


def _checked(address: str, purpose: str) -> str:
    """The address, or one error for known and unknown ones alike (S-48, S-50, S-51)."""
    if not plain_ascii(address):
        raise forms.ValidationError(_("Write the address with plain letters."))
    if not may_mail(purpose, address):
        raise forms.ValidationError(_("Too many mails to this address. Wait a quarter of an hour and try again."))
    return address


class LoginForm(allauth_forms.LoginForm):
    """E-mail address and password; both bounded."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].validators.append(MaxLengthValidator(254))
        self.fields["password"].validators.append(MaxLengthValidator(_LONGEST))


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Where the link to a new password goes."""

    def clean_email(self) -> str:
        _checked(self.cleaned_data["email"], "reset")
        return super().clean_email()


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    """Where the code goes."""

    def clean_email(self) -> str:
        _checked(self.cleaned_data["email"], "code")
        return super().clean_email()


class AddEmailForm(allauth_forms.AddEmailForm):
    """A further address of one's own; whether somebody else has it is not told (S-51)."""

    def clean_email(self) -> str:
        _checked(self.cleaned_data["email"], "address")
        return super().clean_email()
