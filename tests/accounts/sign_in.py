"""What the tests of signing in share: a login with its address, the codes and links of queued mails."""

from __future__ import annotations

import re
import time

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from accounts.models import User
from mail.models import OutgoingMail
from tests.cast import PASSWORD


def with_address(user: User) -> User:
    """allauth's row of the user's own address, as accounts.actions.create_user makes it."""
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def with_app(user: User) -> str:
    """An authenticator app; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def totp(secret: str) -> str:
    """The code that the app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client, user: User, password: str = PASSWORD, **headers):
    return client.post("/accounts/login/", {"login": user.email, "password": password}, **headers)


def prove(client, password: str = PASSWORD):
    """“Is it still you?”, asked before the protection of an account changes."""
    return client.post("/accounts/reauthenticate/", {"password": password})


def last_mail(to: str) -> OutgoingMail:
    return OutgoingMail.objects.filter(to=to).latest("id")


def code_in(mail: OutgoingMail) -> str:
    return re.search(r"^([A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5})+)$", mail.text, re.MULTILINE)[1]


def link_in(mail: OutgoingMail) -> str:
    """The path of the first link of ours."""
    return re.search(r"^https?://[^/\s]+(/\S+)$", mail.text, re.MULTILINE)[1]


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session
