"""The member behind a session key, for what runs outside Django's request handler (sockets, the fast lane)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from companies.models import Membership
from companies.second_factor import let_in
from companies.selectors import active_memberships
from events.prepared import Prepared

_sessions = import_module(settings.SESSION_ENGINE)


def member_of_session(session_key: str | None) -> Membership | None:
    """The active member of a session (password hash checked; with the second factor if the company asks), or None."""
    if not session_key:
        return None
    session = _sessions.SessionStore(session_key)
    user_id, proof = session.get(auth.SESSION_KEY), session.get(auth.HASH_SESSION_KEY, "")
    if not user_id or session.get(auth.BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    member = let_in(active_memberships()).filter(user_id=user_id, user__is_active=True).first()
    if member is None or not constant_time_compare(proof, member.user.get_session_auth_hash()):
        return None
    return member


def member_of_user(user_id: int) -> Membership | None:
    """The active member of a user whose session was looked at already (and is looked at again every few seconds)."""
    return let_in(active_memberships()).filter(user_id=user_id, user__is_active=True).first()


# What changes whenever a right or the password of a member changes.
Mark = tuple[int, str]


def mark_of(member: Membership) -> Mark:
    """The member's mark as of now: rights epoch and password hash."""
    return member.rights_epoch, member.user.password


def current_marks(user_ids: Iterable[int]) -> dict[int, Mark]:
    """user id → mark of those who are active members now; the others are absent."""
    return {row[0]: (row[1], row[2]) for row in _MARKS.rows(set(user_ids))}


_MARKS = Prepared(
    lambda ids: (
        let_in(active_memberships())
        .filter(user_id__any=ids, user__is_active=True)
        .values_list("user_id", "rights_epoch", "user__password")
    )
)


def live_sessions(session_keys: Iterable[str]) -> set[str]:
    """The session keys that still stand in the database and have not expired."""
    return {key for (key,) in _LIVE.rows(set(session_keys), timezone.now())}


_LIVE = Prepared(
    lambda keys, now: (
        _sessions.SessionStore.get_model_class()
        .objects.filter(session_key__any=keys, expire_date__gt=now)
        .values_list("session_key")
    )
)
