"""allauth adapters: nobody signs up by themselves, mails are queued, links and redirects stay with us."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.actions import end_other_sessions
from accounts.guards import folded
from accounts.mails import queue_account_mail
from accounts.models import User
from events.origin import address_of


class AccountAdapter(DefaultAccountAdapter):
    """Who may sign up: nobody; a login comes from an operator or an invitation (M-23)."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Own paths only, no address with a host, not even ours (S-38)."""
        return (
            bool(url)
            and url.isprintable()
            and url.startswith("/")
            and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        )

    # --- mails -----------------------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Queue it: known and unknown addresses cost the same, whatever the mail server does (S-51)."""
        user = context.get("user") or _owner(email)
        words = {name: value for name, value in context.items() if name != "request"}
        queue_account_mail(template_prefix, to=email, user=user, context=words, now=timezone.now())

    def get_email_confirmation_url(self, request, emailconfirmation) -> str:
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        """`key` is “user-token”, as the route takes it; the address is the configured one (S-45)."""
        uid, _dash, token = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def send_notification_mail(self, template_prefix: str, user: User, context=None, email=None) -> None:
        """Every change of an account's protection passes here; a new main address ends the other sessions (S-48)."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)
        if template_prefix == "account/email/email_changed":
            end_other_sessions(user, keep=self.request.session.session_key)

    def get_client_ip(self, request) -> str:
        """As everywhere: what our own proxies saw (S-50)."""
        return address_of(request) or "0.0.0.0"  # noqa: S104 (an address that is nobody's)

    # --- limits ----------------------------------------------------------------------------------------------
    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        """One account in 20 letter cases and plus forms is one key (S-50)."""
        return folded(credentials.get("email", ""))


def _owner(email: str) -> User | None:
    row = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
    return row.user if row else None


class ProviderAdapter(DefaultSocialAccountAdapter):
    """The installation's OpenID Connect provider: signs in who exists already, by an address that both have proved."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def authenticate_by_email(self, sociallogin):
        """The active user with this confirmed address, when the provider says that it checked it, too."""
        for claimed in sociallogin.email_addresses:
            if claimed.verified is not True or not claimed.email:
                continue
            row = EmailAddress.objects.filter(email=claimed.email.lower(), verified=True, user__is_active=True)
            found = row.select_related("user").first()
            if found:
                return found.user, found.email
        return None

    def pre_social_login(self, request, sociallogin) -> None:
        """Nothing is connected for good, and a login that found nobody ends on the sign-in page."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(redirect("mfa_index"))
        if not sociallogin.is_existing:
            self.refuse(request)

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None) -> None:
        self.refuse(request)

    def refuse(self, request) -> None:
        """One answer whatever went wrong: it tells nobody who has an account."""
        messages.error(request, _("You could not be signed in that way. Use your e-mail address, or ask an admin."))
        raise ImmediateHttpResponse(redirect("account_login"))
