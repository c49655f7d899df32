"""Taking away what keeps somebody from signing in: counted attempts, a login that is switched off."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.core.cache import cache

from accounts.guards import folded
from accounts.models import User

_APP, _ACTION = "allauth.account", "login_failed"


def unlock(user: User) -> bool:
    """Forget the failed attempts at this account and switch its login on; True when it was off.

    Limits by the caller's network address stay: they protect the others.
    """
    for key in (folded(user.email), f"mfa-auth-user-{user.pk}"):
        _forget_attempts(key)
    was_off = not user.is_active
    if was_off:
        user.is_active = True
        user.save(update_fields=["is_active"])
    return was_off


def _forget_attempts(key: str) -> None:
    for rate in ratelimit.get_rates(app=_APP, action=_ACTION):
        if rate.per == "key":  # then nothing of the request is looked at
            cache.delete(ratelimit.get_cache_key(None, app=_APP, action=_ACTION, rate=rate, key=key))  # type: ignore[arg-type]
