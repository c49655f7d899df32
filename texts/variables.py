"""Pure: variables in texts and what they stand for. A table is looked up; nothing is ever evaluated (G-22…G-25, S-29).

{{contact.first_name}} is the value, or the company's default; {{contact.first_name|friend}} brings its own default.
Whatever is not in the table – {{7*7}}, {% if %}, ${x} – is text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, Promise] = {
    "contact.first_name": _("First name of the contact"),
    "contact.last_name": _("Last name of the contact"),
    "contact.full_name": _("Full name of the contact"),
    "contact.organisation": _("Organisation of the contact"),
    "account.name": _("Name of the company"),
    "account.address": _("Address of the company"),
    "account.email": _("E-mail of the company"),
    "account.phone": _("Phone of the company"),
    "me.first_name": _("My first name"),
    "me.full_name": _("My full name"),
}
_LONGEST = 250
_PLACE = re.compile(r"\{\{[ \t]*([a-z]+\.[a-z_]+)[ \t]*(?:\|([^{}\n]{0,80}))?\}\}")
_BRACE = re.compile(r"\{(?=\{)")


@dataclass(frozen=True)
class Values:
    """What each variable stands for, and what stands there without a value; a missing key is empty."""

    known: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    def with_known(self, more: Mapping[str, str]) -> Values:
        """The same with further values."""
        return Values({**self.known, **more}, self.defaults)

    def of(self, key: str, own_default: str = "") -> str:
        """The value, else the default written in the text, else the company's default; never a variable itself."""
        found = self.known.get(key, "") or own_default.strip() or self.defaults.get(key, "")
        return _BRACE.sub("{ ", " ".join(found.split())[:_LONGEST])


@dataclass(frozen=True)
class Filled:
    """A text without variables; `missing`: those that had neither value nor default and became empty (G-25)."""

    text: str
    missing: tuple[str, ...] = ()


def fill(text: str, values: Values) -> Filled:
    """Put the values in. One pass: what a value contains is never looked at again."""
    missing: list[str] = []

    def put(found: re.Match[str]) -> str:
        key, own = found[1], found[2] or ""
        if key not in LABELS:
            return found[0]
        value = values.of(key, own)
        if not value and key not in missing:
            missing.append(key)
        return value

    return Filled(_PLACE.sub(put, text), tuple(missing))


def has_variables(text: str) -> bool:
    """Whether a known variable stands in the text."""
    return "{{" in text and any(found[1] in LABELS for found in _PLACE.finditer(text))


def unknown_in(text: str) -> list[str]:
    """Names that look like variables and are none: a saved reply must not carry a spelling mistake to a customer."""
    return [found[1] for found in _PLACE.finditer(text) if found[1] not in LABELS]
