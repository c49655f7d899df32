"""allauth's forms for codes, with a line in the company's log for every wrong one on a known account."""

from __future__ import annotations

from allauth.account import forms as account_forms
from allauth.core import context
from allauth.mfa.base import forms as mfa_forms
from django import forms

from companies.adapters import note_failure


class AuthenticateForm(mfa_forms.AuthenticateForm):
    """A code of the authenticator app, or a recovery code."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            note_failure(self.user, how="totp")
            raise


class ConfirmLoginCodeForm(account_forms.ConfirmLoginCodeForm):
    """The code that came by mail."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            stage = getattr(context.request, "_login_stage", None)
            if stage and stage.login.user:
                note_failure(stage.login.user, how="code")
            raise
