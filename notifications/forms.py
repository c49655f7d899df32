"""How one user wants to be told: the table of what and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import policy
from notifications.models import Preference

Text = str | Promise


@dataclass(frozen=True)
class Way:
    """A column: its name, icon, and the switch for all of it."""

    name: str
    label: Text
    icon: str
    switch: BoundField


@dataclass(frozen=True)
class Cell:
    """One tick. `locked`: always on."""

    way: str
    label: Text
    field: BoundField
    locked: bool


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    label: Text
    hint: Text
    cells: list[Cell]


@dataclass(frozen=True)
class Group:
    """Rows under one heading, with the switch of the user panel where there is one."""

    label: Text
    switch: BoundField | None
    lines: list[Line]


#       way → label, icon, field of Preference
_WAYS: dict[str, tuple[Text, str, str]] = {
    policy.IN_APP: (_("Bubble"), "chat", "in_app"),
    policy.SOUND: (_("Sound"), "sound", "sound"),
    policy.FLASH: (_("Flashing tab"), "panel", "flash_tab"),
    policy.PUSH: (_("Push"), "phone-device", "push"),
    policy.EMAIL: (_("E-mail"), "mail", "email"),
}
#       row → label, hint
_ROWS: dict[str, tuple[Text, Text]] = {
    policy.NEW: (_("Requests that nobody has taken"), _("In your inboxes")),
    policy.MINE: (_("Messages in my conversations"), _("Assigned to you, or followed by you")),
    policy.MY_REPLIES: (_("Replies to my customers"), _("A colleague answers where you are responsible")),
    policy.REPLIES: (_("Replies to other customers"), _("A colleague answers where you follow")),
    policy.INTERNAL: (_("Internal messages"), _("In conversations that you follow")),
    policy.MENTION: (_("Somebody names me"), _("With @ and your name")),
    policy.DIRECT: (_("Direct messages"), _("And answers to what you asked other companies")),
    policy.OFFER: (_("A request rings at me"), _("Always shown. To be asked no more, set yourself to “Away”.")),
    policy.ASSIGNED: (_("Something is assigned to me"), ""),
    policy.UNCLAIMED: (_("Nobody took a request"), _("You manage its inbox")),
    policy.OTHER: (_("Everything else"), _("Back from a snooze, not delivered")),
}
#       … where the table is somebody else's
_ROWS_OF_OTHERS: dict[str, tuple[Text, Text]] = _ROWS | {
    policy.NEW: (_("Requests that nobody has taken"), _("In their inboxes")),
    policy.MINE: (_("Messages in their conversations"), _("Assigned to them, or followed by them")),
    policy.MY_REPLIES: (_("Replies to their customers"), _("A colleague answers where they are responsible")),
    policy.REPLIES: (_("Replies to other customers"), _("A colleague answers where they follow")),
    policy.INTERNAL: (_("Internal messages"), _("In conversations that they follow")),
    policy.MENTION: (_("Somebody names them"), _("With @ and their name")),
    policy.DIRECT: (_("Direct messages"), _("And answers to what they asked other companies")),
    policy.OFFER: (_("A request rings at them"), _("Always shown. Who is “Away” is asked no more.")),
    policy.ASSIGNED: (_("Something is assigned to them"), ""),
    policy.UNCLAIMED: (_("Nobody took a request"), _("They manage its inbox")),
}
_GROUPS: tuple[tuple[Text, str, tuple[str, ...]], ...] = (
    (_("From customers"), "from_customers", (policy.NEW, policy.MINE)),
    (
        _("From colleagues"),
        "from_users",
        (policy.DIRECT, policy.MENTION, policy.INTERNAL, policy.MY_REPLIES, policy.REPLIES),
    ),
    (_("Work"), "", (policy.OFFER, policy.ASSIGNED, policy.UNCLAIMED, policy.OTHER)),
)
_LOCKED = {(policy.OFFER, policy.IN_APP)}


class PreferenceForm(forms.ModelForm):
    """Somebody's preferences (N-50…N-66); the user is never a field. `rows`: what stands in the table."""

    class Meta:
        model = Preference
        fields = (
            "from_customers",
            "from_users",
            "in_app",
            "sound",
            "flash_tab",
            "push",
            "email",
            "show_from_customers",
            "quiet_mail",
        )
        widgets = {"quiet_mail": forms.RadioSelect}
        labels = {
            "from_customers": _("Messages from customers"),
            "from_users": _("Messages from colleagues"),
            "show_from_customers": _("Show “From customers” at the side"),
            "quiet_mail": _("E-mail in quiet hours"),
        }
        help_texts = {"show_from_customers": _("Off: only “My conversations” stays. What you may open stays the same.")}

    def __init__(self, *args, rows: tuple[str, ...] = policy.ROWS, own: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._rows = rows
        self._words = _ROWS if own else _ROWS_OF_OTHERS
        self.title = _("What you are told of, and how") if own else _("What they are told of, and how")
        self.fields["quiet_mail"].choices = [("send", _("Comes as usual")), ("wait", _("Waits until they are over"))]
        if not own:
            kept = _("Off: only “My conversations” stays. What they may open stays the same.")
            self.fields["show_from_customers"].help_text = kept
        for row in rows:
            on = self.instance.cells.get(row, policy.DEFAULTS[row])
            for way in policy.WAYS:
                name = _cell(row, way)
                locked = (row, way) in _LOCKED
                self.fields[name] = forms.BooleanField(required=False, disabled=locked, initial=locked or way in on)

    @property
    def ways(self) -> list[Way]:
        """The columns."""
        return [Way(name, label, icon, self[field]) for name, (label, icon, field) in _WAYS.items()]

    @property
    def groups(self) -> Iterator[Group]:
        """The table, from top to bottom."""
        for label, switch, rows in _GROUPS:
            lines = [self._line(row) for row in rows if row in self._rows]
            yield Group(label, self[switch] if switch else None, lines)

    def _line(self, row: str) -> Line:
        label, hint = self._words[row]
        cells = [Cell(way, _WAYS[way][0], self[_cell(row, way)], (row, way) in _LOCKED) for way in policy.WAYS]
        return Line(label, hint, cells)

    def wanted(self) -> dict[str, object]:
        """Field of Preference → value; of the table only what differs from the defaults, as it is stored."""
        data = self.cleaned_data
        cells = {row: ways for row, ways in self.instance.cells.items() if row not in self._rows}
        for row in self._rows:
            ways = [way for way in policy.WAYS if data[_cell(row, way)]]
            if frozenset(ways) != policy.DEFAULTS[row]:
                cells[row] = ways
        return {name: data[name] for name in self.Meta.fields if name in data} | {"cells": cells}


def _cell(row: str, way: str) -> str:
    return f"{row}-{way}"


class ToldForm(forms.Form):
    """The two switches of the user panel: from customers, from colleagues, either, both, none (N-27)."""

    from_customers = forms.BooleanField(label=_("Messages from customers"), required=False)
    from_users = forms.BooleanField(label=_("Messages from colleagues"), required=False)
