"""What came of many conversations at once, in the reader's words: for the answer, the page and the frame."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.actions.bulk_verbs import VERBS

_NOTHING = {
    "close": gettext_lazy("Nothing closed"),
    "reopen": gettext_lazy("Nothing opened again"),
    "read": gettext_lazy("Nothing marked read"),
    "unread": gettext_lazy("Nothing marked unread"),
    "tag": gettext_lazy("Nothing tagged"),
    "untag": gettext_lazy("Nothing untagged"),
    "snooze": gettext_lazy("Nothing snoozed"),
    "wake": gettext_lazy("Nothing brought back"),
    "move": gettext_lazy("Nothing moved"),
}


def in_words(report: Mapping) -> dict:
    """A report as people read it, in the active language."""
    skipped = report["skipped"]
    undo = report["over"] and report["done"] and not report["undoing"] and VERBS[report["verb"]].undo
    return {
        **report,
        "result": _result(report["verb"], report["done"], undoing=report["undoing"]),
        "passed": sum(skipped.values()),
        "skipped": [_passed(code, number) for code, number in sorted(skipped.items(), key=lambda one: -one[1])],
        "undo": bool(undo),
    }


def _result(verb: str, number: int, *, undoing: bool) -> str:
    if not number:
        return _("Nothing undone") if undoing else str(_NOTHING.get(verb) or _("Nothing assigned"))
    if undoing:
        words = ngettext("%(number)d undone", "%(number)d undone", number)
    else:
        words = {
            "close": ngettext("%(number)d closed", "%(number)d closed", number),
            "reopen": ngettext("%(number)d opened again", "%(number)d opened again", number),
            "read": ngettext("%(number)d marked read", "%(number)d marked read", number),
            "unread": ngettext("%(number)d marked unread", "%(number)d marked unread", number),
            "tag": ngettext("%(number)d tagged", "%(number)d tagged", number),
            "untag": ngettext("%(number)d untagged", "%(number)d untagged", number),
            "snooze": ngettext("%(number)d snoozed", "%(number)d snoozed", number),
            "wake": ngettext("%(number)d brought back", "%(number)d brought back", number),
            "move": ngettext("%(number)d moved", "%(number)d moved", number),
        }.get(verb) or ngettext("%(number)d assigned", "%(number)d assigned", number)
    return words % {"number": number}


def _passed(code: str, number: int) -> str:
    """How many were passed over, and why, as part of a sentence."""
    words = {
        "already": ngettext("%(number)d was so already", "%(number)d were so already", number),
        "others": ngettext("%(number)d is assigned to others", "%(number)d are assigned to others", number),
        "unclaimed": ngettext("%(number)d is not assigned to you", "%(number)d are not assigned to you", number),
        "locked": ngettext("%(number)d is archived for good", "%(number)d are archived for good", number),
        "gone": ngettext("%(number)d is not there any more", "%(number)d are not there any more", number),
        "no_labels": ngettext("%(number)d is internal", "%(number)d are internal", number),
        "full": ngettext("%(number)d has too many tags", "%(number)d have too many tags", number),
        "changed": ngettext("%(number)d changed meanwhile", "%(number)d changed meanwhile", number),
        "error": ngettext("%(number)d failed", "%(number)d failed", number),
    }.get(code) or ngettext("%(number)d is not yours to change", "%(number)d are not yours to change", number)
    return words % {"number": number}


def reason_of(code: str) -> str:
    """Why conversations were passed over."""
    return {
        "already": _("were so already"),
        "others": _("assigned to others"),
        "unclaimed": _("not assigned to you"),
        "locked": _("archived for good"),
        "gone": _("not there any more"),
        "no_labels": _("internal"),
        "full": _("have too many tags"),
        "changed": _("changed meanwhile"),
        "error": _("failed"),
    }.get(code, _("not allowed"))
