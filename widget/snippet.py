"""The line that a site's owner copies into their pages (M-43), for this installation."""

from __future__ import annotations

from django.conf import settings

from channels_app.models import Widget
from channels_app.snippet import snippet_of


def snippet(widget: Widget) -> str:
    """One script element; see channels_app.snippet."""
    return snippet_of(settings.BASE_URL, widget)
