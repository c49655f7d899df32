"""Pure: the line that a site's owner copies into their pages (M-43)."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_app.models import Widget


def snippet_of(base_url: str, widget: Widget) -> SafeString:
    """One script element for a widget of the installation at `base_url`."""
    return format_html('<script async src="{}/w/memo.js" data-key="{}"></script>', base_url, widget.public_key)
