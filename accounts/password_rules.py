"""What a new password may be, beside Django's own rules."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class MaximumLengthValidator:
    """At most `max_length` characters: sentences fit, and nobody buys our time with megabytes."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """The rule in one sentence."""
        return _("Your password can have at most %(number)d characters.") % {"number": self.max_length}
