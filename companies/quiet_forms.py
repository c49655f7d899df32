"""Quiet hours of the week: one stretch that begins on each day, over midnight too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

_BEGINS, _ENDS = "20:00", "07:00"


@dataclass(frozen=True)
class Day:
    """One line of the form."""

    name: str
    on: BoundField
    begins: BoundField
    ends: BoundField


def _clock(label: object) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


class QuietHoursForm(forms.Form):
    """Seven times: whether, from when, until when. An end that is not later is on the next day."""

    def __init__(self, data: object = None, *, hours: dict[str, list[str]]) -> None:
        initial: dict[str, object] = {}
        for day in range(7):
            begins, ends = hours.get(str(day), (_BEGINS, _ENDS))
            initial |= {f"quiet_{day}": str(day) in hours, f"begins_{day}": begins, f"ends_{day}": ends}
        super().__init__(data, initial=initial)
        for day in range(7):
            self.fields[f"quiet_{day}"] = forms.BooleanField(label=WEEKDAYS[day], required=False)
            self.fields[f"begins_{day}"] = _clock(_("From"))
            self.fields[f"ends_{day}"] = _clock(_("Until"))

    def days(self) -> Iterator[Day]:
        """The lines, Monday first."""
        for day in range(7):
            yield Day(str(WEEKDAYS[day]), self[f"quiet_{day}"], self[f"begins_{day}"], self[f"ends_{day}"])

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        for day in range(7):
            for name in (f"begins_{day}", f"ends_{day}"):
                if data.get(f"quiet_{day}") and name not in self.errors and data.get(name) is None:
                    self.add_error(name, _("Give a time."))
        return data

    def hours(self) -> dict[str, list[str]]:
        """What was chosen, checked, as it is stored."""
        data = self.cleaned_data
        return {
            str(day): [f"{data[f'begins_{day}']:%H:%M}", f"{data[f'ends_{day}']:%H:%M}"]
            for day in range(7)
            if data[f"quiet_{day}"]
        }
