"""What is written about people: making a login, their own data, their picture, ending their sessions."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import IO
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.images import square_picture
from accounts.models import User


class BadLogin(Exception):
    """The login cannot be made; the text is one sentence for the operator or the form."""


class EmailTaken(BadLogin):
    """Somebody has this address already (M-19)."""


def create_user(
    *, email: str, first_name: str, last_name: str, password: str | None, language: str, time_zone: str
) -> User:
    """A login with a confirmed address; without a password it is set by “Forgot your password?”.

    Raises BadLogin (address, name or password not usable) and EmailTaken.
    """
    email = email.strip().lower()
    user = User(
        email=email,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        language=language,
        time_zone=time_zone,
    )
    _check_login(user, password)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    except IntegrityError:
        raise EmailTaken(f"{email} has a login already.") from None
    return user


def _check_login(user: User, password: str | None) -> None:
    if not user.first_name or not user.last_name:
        raise BadLogin("First name and last name are both needed.")
    if max(len(user.first_name), len(user.last_name)) > 80:
        raise BadLogin("First name and last name have at most 80 characters each.")
    try:
        validate_email(user.email)
    except ValidationError:
        raise BadLogin(f"“{user.email}” is no e-mail address.") from None
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise BadLogin(" ".join(error.messages)) from None


def edit_person(
    user: User, *, first_name: str, last_name: str, phone: str, language: str, time_zone: str, theme: str
) -> User:
    """A person's own data (M-25); the caller has checked the values (accounts/forms.py)."""
    user.first_name, user.last_name, user.phone = first_name, last_name, phone
    user.language, user.time_zone, user.theme = language, time_zone, theme
    user.save(update_fields=["first_name", "last_name", "phone", "language", "time_zone", "theme"])
    return user


def choose_theme(user: User, *, theme: str) -> None:
    """system, light or dark; checked by the caller."""
    user.theme = theme
    user.save(update_fields=["theme"])


def choose_writing(user: User, *, undo_seconds: int, enter_sends: bool, single_keys: bool) -> None:
    """For how long a reply can be taken back (0 = it goes at once; checked by the caller), and what keys do."""
    user.undo_seconds, user.enter_sends, user.single_keys = undo_seconds, enter_sends, single_keys
    user.save(update_fields=["undo_seconds", "enter_sends", "single_keys"])


def choose_keys(user: User, *, single: bool) -> None:
    """Whether single keys mean something (N-62: to this user, in every browser)."""
    user.single_keys = single
    user.save(update_fields=["single_keys"])


def set_picture(user: User, *, file: IO[bytes], size: int) -> User:
    """Store a new picture, drawn anew, under a name of our own; `size` in bytes. Raises PictureRefused."""
    content = square_picture(file, size=size)
    before = user.avatar.name
    with transaction.atomic():
        user.avatar.save(f"{uuid4().hex}.webp", ContentFile(content), save=False)
        user.save(update_fields=["avatar"])
        _forget_file(user, before)
    return user


def remove_picture(user: User) -> User:
    """Back to initials."""
    before = user.avatar.name
    user.avatar = ""
    with transaction.atomic():
        user.save(update_fields=["avatar"])
        _forget_file(user, before)
    return user


def _forget_file(user: User, name: str | None) -> None:
    if name:
        storage = user.avatar.storage
        transaction.on_commit(lambda: storage.delete(name), robust=True)


def end_sessions(user: User) -> int:
    """Sign the user out everywhere, at once; returns how many sessions ended (INV-20)."""
    return _end(UserSession.objects.filter(user=user))


def end_other_sessions(user: User, *, keep: str | None) -> int:
    """Sign the user out everywhere but in the session with the key `keep`; returns how many ended (S-48)."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=keep or ""))


def end_session(user: User, *, handle: str) -> bool:
    """Sign out one browser of the user's own; `handle` from session_handle(). False when it is none of theirs."""
    rows = UserSession.objects.filter(user=user)
    key = next((row.session_key for row in rows if constant_time_compare(session_handle(row), handle)), None)
    return key is not None and _end(rows.filter(session_key=key)) == 1


def session_handle(session: UserSession) -> str:
    """What a page may say of a session: neither its key nor its number."""
    return salted_hmac("accounts.session", session.session_key).hexdigest()[:32]


def _end(rows: QuerySet[UserSession]) -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions = list(rows)
    for session in sessions:
        session.end()
        # A request on its way may put the old session back into the cache before this commit: drop it again after.
        transaction.on_commit(partial(store.delete, session.session_key), robust=True)
    return len(sessions)
