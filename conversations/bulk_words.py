"""What came of many conversations at once, in the reader's words: for the answer, the page and the frame."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.actions.bulk_verbs import VERBS


def in_words(report: Mapping) -> dict:
    """A report as people read it, in the active language."""
    skipped = report["skipped"]
    undo = report["over"] and report["done"] and not report["undoing"] and VERBS[report["verb"]].undo
    return {
        **report,
        "result": _result(report["verb"], report["done"], undoing=report["undoing"]),
        "passed": sum(skipped.values()),
        "skipped": [f"{number} {reason_of(code)}" for code, number in sorted(skipped.items(), key=lambda one: -one[1])],
        "undo": bool(undo),
    }


def _result(verb: str, number: int, *, undoing: bool) -> str:
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
