"""People who sign in: e-mail login, name, language, time zone, picture."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from events.personal import called


class UserManager(BaseUserManager):
    """Creates users by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """The only login table; what a person may do comes from a Membership or a Customer row."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    phone = models.CharField(max_length=40, blank=True)
    avatar = models.ImageField(upload_to="avatars", blank=True)
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=64, default="Europe/Berlin")
    theme = models.CharField(max_length=6, default="system", choices=[(t, t) for t in ("system", "light", "dark")])
    # Seconds in which a reply to a customer can still be taken back; 0 sends at once.
    undo_seconds = models.PositiveSmallIntegerField(default=5, db_default=5)
    enter_sends = models.BooleanField(default=False, db_default=False)
    # Whether J, E, G and the others mean something without Ctrl (WCAG 2.1.4).
    single_keys = models.BooleanField(default=True, db_default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First and last name; of who was erased a word in the reader's language."""
        name = f"{self.first_name} {self.last_name}".strip()
        return called(name) or self.email.partition("@")[0]

    @property
    def initials(self) -> str:
        return "".join(part[:1] for part in (self.first_name, self.last_name)).upper() or self.email[:1].upper()

    @property
    def avatar_url(self) -> str:
        """Where the picture is served; empty without one. A new picture has a new address."""
        return f"/pictures/{self.public_id}/?v={Path(self.avatar.name).stem[:8]}" if self.avatar else ""
