"""allauth's forms for codes, with a line in the company's log for every wrong one on a known account."""

from __future__ import annotations

from allauth.account import forms as account_forms
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from django import forms
from django.core.cache import cache

from companies.adapters import note_failure

# The app's code of the moment is taken, and its neighbours, because clocks differ: 90 seconds in all.
_CODE_LIVES_S = 120


class AuthenticateForm(mfa_forms.AuthenticateForm):
    """A code of the authenticator app, or a recovery code; each is good once for as long as it is taken at all."""

    def clean_code(self) -> str:
        used = f"second-factor:{self.user.pk}:{self.cleaned_data['code'].strip()}"
        try:
            if cache.get(used):
                raise get_adapter().validation_error("incorrect_code")
            code = super().clean_code()
        except forms.ValidationError:
            note_failure(self.user, how="totp")
            raise
        cache.set(used, True, _CODE_LIVES_S)
        return code


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
