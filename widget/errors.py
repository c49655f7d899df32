"""Answers of the widget that are no success: one JSON shape, one place for the words."""

from __future__ import annotations

from django.http import JsonResponse
from django.utils.translation import gettext as _

RETRY_AFTER_S = 5


class Failure(Exception):
    """Ends a view: `code` is for the program, `message` for the person; unknown and foreign are the same 404."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def answer(failure: Failure) -> JsonResponse:
    """{"error": code, "message": text}."""
    response = JsonResponse(
        {"error": failure.code, "message": failure.message or words(failure.code)}, status=failure.status
    )
    if failure.status == 429:
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def words(code: str) -> str:
    """What the person reads for a code."""
    texts = {
        "not_found": _("This is not available."),
        "session": _("Please start again."),
        "origin": _("This page may not do that."),
        "identity": _("We could not check who you are. Please reload the page."),
        "identity_required": _("Please sign in on this website to use the chat."),
        "slow_down": _("That was very fast. Please wait a moment."),
        "too_large": _("That is too large."),
        "locked": _("This conversation has been closed for good. Please start a new one."),
        "not_allowed": _("You cannot write here."),
        "client_id": _("This message was sent before with another text."),
        "empty": _("Please write something."),
        "too_long": _("A message can have at most 10,000 characters."),
        "too_many_files": _("A message can carry at most 5 files."),
        "email": _("Please check the e-mail address."),
        "channel": _("Please choose a topic."),
    }
    return texts.get(code, _("That did not work. Please try again."))
