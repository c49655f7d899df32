"""allauth adapters with what companies add: their audit log, and the second factor that some ask for.

Every sign-in, sign-out and change of protection passes one of these hooks; there are no signal receivers.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import adapters
from accounts.models import User
from companies import audit
from companies.second_factor import FACTORS
from companies.selectors import membership_of
from events import limits

# allauth's notification → the line of the log.
_CHANGES = {
    "account/email/email_changed": "account.email",
    "account/email/email_deleted": "account.email_removed",
    "account/email/password_changed": "account.password",
    "account/email/password_reset": "account.password_reset",
    "account/email/password_set": "account.password",
    "mfa/email/totp_activated": "account.app_on",
    "mfa/email/totp_deactivated": "account.app_off",
    "mfa/email/webauthn_added": "account.passkey_added",
    "mfa/email/webauthn_removed": "account.passkey_removed",
    "mfa/email/recovery_codes_generated": "account.recovery_codes",
}
# A flood of failed attempts must not fill the log: so many lines for one account in ten minutes.
_FAILURES, _FAILURES_PER_S = 10, 600


def note(user: User, action: str, **data: object) -> None:
    """A line in the log of the company in which the user works now; nothing for others."""
    member = membership_of(user)
    if member:
        audit.write(member.company, action, by=user, subject=user.full_name, now=timezone.now(), **data)


def note_failure(user: User, *, how: str) -> None:
    """A failed attempt on a known account, at most ten lines in ten minutes."""
    if limits.take(f"audit:failed:{user.pk}", limit=_FAILURES, per_s=_FAILURES_PER_S):
        note(user, "account.sign_in_failed", how=how)


class AccountAdapter(adapters.AccountAdapter):
    """Signing in and out, and every change of how an account is protected."""

    def login(self, request, user) -> None:
        with transaction.atomic():
            super().login(request, user)
            note(user, "account.signed_in", how=_how(request))

    def logout(self, request) -> None:
        user = request.user
        with transaction.atomic():
            if user.is_authenticated:
                note(user, "account.signed_out")
            super().logout(request)

    def authentication_failed(self, request, **credentials) -> None:
        address = str(credentials.get("email", "")).lower()
        row = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
        if row:
            note_failure(row.user, how="password")

    def send_notification_mail(self, template_prefix, user, context=None, email=None) -> None:
        super().send_notification_mail(template_prefix, user, context, email)
        note(user, _CHANGES.get(template_prefix, template_prefix))


def _how(request) -> str:
    """By which proofs: “password”, “password, totp”, “code”, “passkey” … as allauth noted them."""
    records = request.session.get("account_authentication_methods", [])
    return ", ".join(dict.fromkeys(_proof(record) for record in records))


def _proof(record: dict) -> str:
    if record.get("method") == "mfa":
        return "passkey" if record.get("passwordless") else str(record.get("type", "mfa"))
    return {"socialaccount": "provider"}.get(record.get("method", ""), str(record.get("method", "")))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps and passkeys."""

    def generate_authenticator_name(self, user, type) -> str:  # noqa: A002 (allauth's own name for it)
        """What the field says at first: “Passkey”, “Passkey 2” …"""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey") if count == 0 else _("Passkey %(number)d") % {"number": count + 1}

    def can_delete_authenticator(self, authenticator) -> bool:
        """Not the last one while the company asks for one."""
        member = membership_of(authenticator.user)
        if not member or not member.company.second_factor_required:
            return True
        return Authenticator.objects.filter(user=member.user, type__in=FACTORS).count() > 1
