"""Form fields that every app uses."""

from __future__ import annotations

import unicodedata

from django import forms


class LineField(forms.CharField):
    """One line of text: no line ends or other control characters, inner spaces single (S-44). NUL is refused."""

    def to_python(self, value: object) -> str:
        text = super().to_python(value)
        plain = "".join(" " if unicodedata.category(sign) == "Cc" and sign != "\x00" else sign for sign in text)
        return " ".join(plain.split())
