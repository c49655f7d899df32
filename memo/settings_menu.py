"""The parts of the settings that a member may open: the side menu and the overview show the same list."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels_app.selectors import managed_inboxes
from companies.models import Membership
from companies.packages import usage

Text = str | Promise


@dataclass(frozen=True)
class Part:
    """One part: its address, icon, words, and how much of the package is used (“2 of 2”)."""

    label: Text
    hint: Text
    icon: str
    url: str
    current: bool
    used: str = ""


@dataclass(frozen=True)
class Section:
    """Parts under one heading."""

    heading: Text
    parts: list[Part]


#        URL name, label, icon, hint
_YOU = (
    ("profile", _("Profile"), "person", _("Your name, picture, language and appearance")),
    ("notifications", _("Notifications"), "bell", _("Bubble, sound and e-mail: what tells you of what")),
    ("mfa_index", _("Sign-in"), "shield", _("Password, second factor, where you are signed in")),
)
_COMPANY = (
    ("settings_inboxes", _("Inboxes"), "inbox", _("Work-spaces of teams, and who works in them")),
    ("settings_channels", _("Channels"), "bell", _("Who is asked when a customer writes, and when")),
    ("settings_widgets", _("Chat widgets"), "chat", _("The chat on your website")),
)


def sections(request: HttpRequest) -> list[Section]:
    """What the signed-in member may open; empty for others. Two queries for those who manage something."""
    member: Membership | None = getattr(request, "member", None) or None
    if member is None:
        return []
    found = [Section(_("You"), _parts(request, _YOU, {}))]
    if managed_inboxes(member).exists():
        used = {"settings_channels": usage(member.company, "channels").text}
        found.append(Section(member.company.name, _parts(request, _COMPANY, used)))
    return found


def _parts(request: HttpRequest, rows: tuple, used: dict[str, str]) -> list[Part]:
    parts = []
    for name, label, icon, hint in rows:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        parts.append(Part(label, hint, icon, url, request.path.startswith(url), used.get(name, "")))
    return parts
