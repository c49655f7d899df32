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
    (
        "notifications",
        _("Notifications"),
        "bell",
        _("Bubble, sound, push, e-mail: what tells you of what, and when"),
    ),
    ("settings_writing", _("Writing"), "edit", _("Undo, what Enter does, single keys")),
    ("settings_replies", _("Saved replies"), "star", _("Texts you use often, offered when you type /")),
    ("settings_privacy", _("Privacy"), "eye", _("Everything about you to take along; people who are to be forgotten")),
    ("mfa_index", _("Sign-in"), "shield", _("Password, second factor, where you are signed in")),
)
_ADMIN = (
    ("company_settings", _("Company"), "building", _("Name, address, logo, and what the directory says of you")),
    ("people", _("Users"), "person-add", _("Who works here, invitations, licences and rights")),
    ("contact_persons", _("Contact persons"), "people", _("Whom users of other companies may write to")),
    ("settings_variables", _("Variables"), "code", _("What stands for your company and for contacts in saved replies")),
    (
        "settings_security",
        _("Security"),
        "lock",
        _("Second steps of everybody, and what push messages show"),
    ),
    ("settings_audit", _("Audit log"), "clock", _("Who changed what, sign-ins and downloads")),
    ("package", _("Package"), "tag", _("What you may use, and how much of it is used")),
    ("first_steps", _("First steps"), "flag", _("What to set up first; it ticks itself")),
)
_COMPANY = (
    ("settings_inboxes", _("Inboxes"), "inbox", _("Work-spaces of teams, and who works in them")),
    ("settings_channels", _("Channels"), "bell", _("Who is asked when a customer writes, and when")),
    ("settings_widgets", _("Chat widgets"), "chat", _("The chat on your website")),
)


def sections(request: HttpRequest) -> list[Section]:
    """What the signed-in member may open; empty for others. A few queries for those who manage something."""
    member: Membership | None = getattr(request, "member", None) or None
    if member is None:
        return []
    found = [Section(_("You"), _parts(request, _YOU, {}))]
    used = {"people": usage(member.company, "users").text} if member.is_admin else {}
    if managed_inboxes(member).exists():
        used |= {"settings_channels": usage(member.company, "channels").text}
        rows = _ADMIN + _COMPANY if member.is_admin else _COMPANY
        found.append(Section(member.company.name, _parts(request, rows, used)))
    elif member.is_admin:
        found.append(Section(member.company.name, _parts(request, _ADMIN, used)))
    return found


# Pages that belong to a part, but not by their address.
_WITHIN = {"quiet_hours": "notifications"}


def _parts(request: HttpRequest, rows: tuple, used: dict[str, str]) -> list[Part]:
    found = [(_address(name), name, label, icon, hint) for name, label, icon, hint in rows]
    path = next((_address(part) for page, part in _WITHIN.items() if request.path == _address(page)), request.path)
    current = max((url for url, *_rest in found if url and path.startswith(url)), key=len, default="")
    return [
        Part(label, hint, icon, url, url == current, used.get(name, ""))
        for url, name, label, icon, hint in found
        if url
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
