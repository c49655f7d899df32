"""The line that a site's owner copies into their pages (M-43)."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html

from channels_app.models import Widget


def snippet(widget: Widget) -> str:
    """One script element; the colour is named so that the button needs no request to look right."""
    colour = format_html(' data-colour="{}"', widget.colour) if widget.colour != "pine" else ""
    source = settings.BASE_URL + reverse("widget:loader")
    return format_html('<script async src="{}" data-key="{}"{}></script>', source, widget.public_key, colour)
