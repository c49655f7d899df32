"""Why a message that waited was not sent, in the words of whoever wrote it."""

from __future__ import annotations

from django.utils.translation import gettext as _


def why_returned(why: str) -> str:
    """A sentence for the word (and the name behind its colon) that actions.later has noted."""
    word, _colon, name = why.partition(":")
    if name:
        return {
            "assigned": _("%(name)s answers here now."),
            "ringing": _("It rings at %(name)s now."),
            "answered_meanwhile": _("%(name)s has answered meanwhile."),
            "stopped": _("%(name)s stopped it."),
        }.get(word, _("%(name)s is in between.")) % {"name": name}
    return {
        "closed": _("The conversation was closed meanwhile."),
        "locked": _("The conversation is in the archive for good."),
        "unclaimed": _("The conversation is not assigned to you any more."),
        "waiting": _("The conversation waits until the channel opens."),
        "customer_answered": _("The customer has answered before."),
        "empty_variables": _("A variable has no value."),
        "bad_file": _("One of the files is not there any more."),
        "left": _("You do not take part in this conversation any more."),
    }.get(word, _("You may not write here any more."))
