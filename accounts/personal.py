"""What accounts have on a person: the login, its addresses, second factors, browsers and picture."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_noop

from accounts.actions import end_sessions, remove_picture
from accounts.models import User
from events.personal import Holding, Person, Section

_SHOWN = (
    "email", "first_name", "last_name", "phone", "language", "time_zone", "theme", "undo_seconds", "enter_sends",
    "single_keys", "created_at", "last_login",
)  # fmt: skip


def _find(email: str, company_id: int | None, user_id: int | None) -> set[str]:
    return {f"user:{user_id}"} if user_id is not None else set()


def _collect(person: Person) -> list[Section]:
    user = User.objects.filter(pk=person.user_id).first()
    if user is None:
        return []
    files = [("picture.webp", user.avatar)] if user.avatar else []
    found = [Section(gettext_noop("Login"), [{name: getattr(user, name) for name in _SHOWN}], files)]
    if person.company_id is not None:
        return found  # how somebody signs in is nobody's business but theirs
    addresses = EmailAddress.objects.filter(user=user).order_by("email")
    sessions = UserSession.objects.filter(user=user).order_by("created_at")
    factors = Authenticator.objects.filter(user=user).order_by("created_at")
    return [
        *found,
        Section(
            gettext_noop("E-mail addresses"),
            [{"address": a.email, "confirmed": a.verified, "main": a.primary} for a in addresses],
        ),
        Section(
            gettext_noop("Signed-in browsers"),
            [{"since": s.created_at, "ip": s.ip, "browser": s.user_agent} for s in sessions],
        ),
        Section(
            gettext_noop("Second factors"),
            [{"kind": f.type, "since": f.created_at, "used": f.last_used_at} for f in factors],
        ),
    ]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    if not person.whole_login:
        return {}
    user = User.objects.select_for_update().get(pk=person.user_id)
    counts = {
        gettext_noop("signed-in browsers"): end_sessions(user),
        gettext_noop("e-mail addresses"): EmailAddress.objects.filter(user=user).delete()[0],
        gettext_noop("second factors"): Authenticator.objects.filter(user=user).delete()[0],
        gettext_noop("provider accounts"): SocialAccount.objects.filter(user=user).delete()[0],
    }
    remove_picture(user)
    user.email = f"deleted-{user.public_id}@deleted.invalid"
    user.first_name, user.last_name, user.phone = "Deleted", "user", ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save()
    return counts | {gettext_noop("logins"): 1}


HOLDING = Holding(
    app="accounts",
    models=frozenset(
        {
            "accounts.User",
            "account.EmailAddress",
            "mfa.Authenticator",
            "socialaccount.SocialAccount",
            "usersessions.UserSession",
        }
    ),
    collect=_collect,
    erase=_erase,
    find=_find,
)
