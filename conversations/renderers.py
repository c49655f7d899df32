"""Frame kind → HTML for agents: the same partials as the pages; called by the hub once per language and process."""

from __future__ import annotations

from django.template.loader import get_template

from conversations.bulk_words import in_words

_MESSAGE = "conversations/_message.html"
_ROW = "conversations/_row.html"
_OFFER = "conversations/_offer.html"
_RETURNED = "conversations/_returned.html"


def message(data: dict) -> str:
    """A message as the thread shows it."""
    return get_template(_MESSAGE).render({"m": data})


def row(data: dict) -> str:
    """A list row."""
    return get_template(_ROW).render({"row": data})


def offer(data: dict) -> str:
    """The ring card of an offer."""
    return get_template(_OFFER).render({"offer": data})


def returned(data: dict) -> str:
    """The word to the author of a message that could not be sent."""
    return get_template(_RETURNED).render({"later": data})


def bulk(data: dict) -> str:
    """How far a run over many conversations is."""
    return get_template("conversations/_bulk.html").render({"run": in_words(data)})


TABLE = {"message": message, "row": row, "offer": offer, "bulk": bulk, "returned": returned}
