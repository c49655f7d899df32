"""Tags and references of a conversation: a field to add, a button on each to take it off; mounted at its address."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from conversations.actions import labels
from conversations.models import Conversation
from conversations.views.commands import Refused
from conversations.views.verbs import verb


def _refused(error: labels.BadLabel) -> Refused:
    words = {
        "empty": _("Write a word."),
        "too_many": _("A conversation has at most %(number)d.") % {"number": labels.MOST},
    }
    return Refused(422, error.code, words[error.code])


@verb
def tags(request: HttpRequest, conversation: Conversation) -> None:
    """`name` is put on, `remove` is taken off: the company's own words."""
    try:
        if remove := request.POST.get("remove"):
            labels.remove_tag(conversation, member=request.member, name=remove)
        else:
            labels.add_tag(conversation, member=request.member, name=request.POST.get("name", ""))
    except labels.BadLabel as error:
        raise _refused(error) from None


@verb
def references(request: HttpRequest, conversation: Conversation) -> None:
    """`text` is put on, `remove` is taken off: everybody in the conversation reads it."""
    try:
        if remove := request.POST.get("remove"):
            labels.remove_reference(conversation, text=remove)
        else:
            labels.add_reference(conversation, text=request.POST.get("text", ""))
    except labels.BadLabel as error:
        raise _refused(error) from None
